namespace MiniKube.Kinds.Core;

[Doc("A taint that a pod does not mind.")]
public sealed record Toleration
{
    [Allowed("NoExecute", "NoSchedule", "PreferNoSchedule")]
    public string? Effect { get; init; }

    public string? Key { get; init; }

    [Allowed("Equal", "Exists", "Gt", "Lt")]
    public string? Operator { get; init; }

    public long? TolerationSeconds { get; init; }
    public string? Value { get; init; }
}

public sealed record Taint
{
    [Required, Allowed("NoExecute", "NoSchedule", "PreferNoSchedule")]
    public string? Effect { get; init; }

    [Required]
    public string? Key { get; init; }

    public DateTimeOffset? TimeAdded { get; init; }
    public string? Value { get; init; }
}
