using MiniKube.Kinds.Meta;

namespace MiniKube.Kinds;

/// <summary>What every kind has. The records are typed views of stored objects; null is absent.</summary>
public abstract record KubeObject
{
    [Doc("Group and version of the kind.")]
    public string? ApiVersion { get; init; }

    [Doc("Name of the kind.")]
    public string? Kind { get; init; }

    [Doc("Name, labels and what else every object has.")]
    public ObjectMeta Metadata { get; init; } = new();
}
