using MiniKube.Kinds.Meta;

namespace MiniKube.Kinds.Networking;

[Doc("A range from which Service addresses are taken.")]
[Kind("networking.k8s.io", "v1", "servicecidrs", ClusterScoped = true)]
[Subresource("status")]
public sealed record ServiceCIDR : KubeObject
{
    [Doc("The desired state.")]
    [Zero]
    public ServiceCIDRSpec? Spec { get; init; }

    [Doc("The observed state, written by the system.")]
    [Zero]
    public ServiceCIDRStatus? Status { get; init; }
}

public sealed record ServiceCIDRSpec
{
    public IReadOnlyList<string>? Cidrs { get; init; }
}

public sealed record ServiceCIDRStatus
{
    [Doc("Observed aspects of the object's state.")]
    [ListMap("type"), PatchMerge("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }
}
