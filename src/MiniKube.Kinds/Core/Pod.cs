namespace MiniKube.Kinds.Core;

[Doc("Containers that share a network, volumes and a fate on one node.")]
[Kind("", "v1", "pods", Short = "po", Categories = "all", Generation = true)]
[Subresource("attach", "create get", Body = "v1 PodAttachOptions")]
[Subresource("binding", "create", Body = "v1 Binding")]
[Subresource("ephemeralcontainers")]
[Subresource("eviction", "create", Body = "policy/v1 Eviction")]
[Subresource("exec", "create get", Body = "v1 PodExecOptions")]
[Subresource("log", "get")]
[Subresource("portforward", "create get", Body = "v1 PodPortForwardOptions")]
[Subresource("proxy", "create delete get patch update", Body = "v1 PodProxyOptions")]
[Subresource("resize")]
[Subresource("status")]
public sealed record Pod : KubeObject
{
    [Doc("The desired state.")]
    [Zero]
    public PodSpec? Spec { get; init; }

    [Doc("The observed state, written by the system.")]
    [Zero]
    public PodStatus? Status { get; init; }
}
