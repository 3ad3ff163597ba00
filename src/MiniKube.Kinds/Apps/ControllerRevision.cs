using MiniKube.Machinery;

namespace MiniKube.Kinds.Apps;

[Doc("A snapshot of a controller's template, for rollback.")]
[Kind("apps", "v1", "controllerrevisions")]
public sealed record ControllerRevision : KubeObject
{
    public Json? Data { get; init; }

    [Required, Zero]
    public long? Revision { get; init; }
}
