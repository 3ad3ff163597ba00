namespace MiniKube.Kinds.Core;

[Doc("A taint that a pod does not mind.")]
public sealed record Toleration
{
    [Doc("What the taint does to pods without a toleration.")]
    [Allowed("NoExecute", "NoSchedule", "PreferNoSchedule")]
    public string? Effect { get; init; }

    public string? Key { get; init; }

    [Allowed("Equal", "Exists", "Gt", "Lt")]
    public string? Operator { get; init; }

    [Doc("How long the taint is tolerated.")]
    public long? TolerationSeconds { get; init; }

    public string? Value { get; init; }
}

public sealed record Taint
{
    [Doc("What the taint does to pods without a toleration.")]
    [Required, Allowed("NoExecute", "NoSchedule", "PreferNoSchedule")]
    public string? Effect { get; init; }

    [Required]
    public string? Key { get; init; }

    public DateTimeOffset? TimeAdded { get; init; }
    public string? Value { get; init; }
}
