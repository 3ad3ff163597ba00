namespace MiniKube.Kinds.Core;

[Doc("A stored pod blueprint.")]
[Kind("", "v1", "podtemplates", Generation = true)]
public sealed record PodTemplate : KubeObject
{
    [Zero]
    public PodTemplateSpec? Template { get; init; }
}
