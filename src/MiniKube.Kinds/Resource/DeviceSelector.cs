using MiniKube.Machinery;

namespace MiniKube.Kinds.Resource;

public sealed record DeviceSelector
{
    public CELDeviceSelector? Cel { get; init; }
}

public sealed record CELDeviceSelector
{
    [Required]
    public string? Expression { get; init; }
}

public sealed record CapacityRequirements
{
    public IReadOnlyDictionary<string, Quantity>? Requests { get; init; }
}

public sealed record DeviceTaint
{
    [Doc("What the taint does to pods without a toleration.")]
    [Required, Allowed("NoExecute", "NoSchedule", "None")]
    public string? Effect { get; init; }

    [Required]
    public string? Key { get; init; }

    public DateTimeOffset? TimeAdded { get; init; }
    public string? Value { get; init; }
}

public sealed record DeviceToleration
{
    [Doc("What the taint does to pods without a toleration.")]
    [Allowed("NoExecute", "NoSchedule", "None")]
    public string? Effect { get; init; }

    public string? Key { get; init; }

    [Default("Equal"), Allowed("Equal", "Exists")]
    public string? Operator { get; init; }

    [Doc("How long the taint is tolerated.")]
    public long? TolerationSeconds { get; init; }

    public string? Value { get; init; }
}

public sealed record OpaqueDeviceConfiguration
{
    [Required]
    public string? Driver { get; init; }

    [Required]
    public Json? Parameters { get; init; }
}
