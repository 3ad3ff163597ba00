using MiniKube.Kinds.Meta;

namespace MiniKube.Kinds.Policy;

[Doc("Asks for a pod to be deleted as its disruption budget allows.")]
[Kind("policy", "v1", "")]
public sealed record Eviction : KubeObject
{
    public DeleteOptions? DeleteOptions { get; init; }
}
