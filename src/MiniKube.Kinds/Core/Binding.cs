namespace MiniKube.Kinds.Core;

[Doc("Puts a pod on a node.")]
[Kind("", "v1", "bindings", Verbs = "create")]
public sealed record Binding : KubeObject
{
    [Required]
    public ObjectReference? Target { get; init; }
}
