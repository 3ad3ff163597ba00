using MiniKube.Machinery;

namespace MiniKube.Kinds.Networking;

[Doc("Which traffic pods may receive and send.")]
[Kind("networking.k8s.io", "v1", "networkpolicies", Short = "netpol", Generation = true)]
public sealed record NetworkPolicy : KubeObject
{
    [Doc("The desired state.")]
    [Zero]
    public NetworkPolicySpec? Spec { get; init; }
}

public sealed record NetworkPolicySpec
{
    [Doc("Rules of outgoing traffic.")]
    public IReadOnlyList<NetworkPolicyEgressRule>? Egress { get; init; }

    [Doc("Rules of incoming traffic.")]
    public IReadOnlyList<NetworkPolicyIngressRule>? Ingress { get; init; }

    [Doc("Picks pods by their labels.")]
    [Zero]
    public LabelSelector? PodSelector { get; init; }

    [Doc("Whether the policy is about incoming or outgoing traffic or both.")]
    public IReadOnlyList<string>? PolicyTypes { get; init; }
}

public sealed record NetworkPolicyEgressRule
{
    public IReadOnlyList<NetworkPolicyPort>? Ports { get; init; }
    public IReadOnlyList<NetworkPolicyPeer>? To { get; init; }
}

public sealed record NetworkPolicyIngressRule
{
    public IReadOnlyList<NetworkPolicyPeer>? From { get; init; }
    public IReadOnlyList<NetworkPolicyPort>? Ports { get; init; }
}

public sealed record NetworkPolicyPort
{
    [Doc("The last port of a range that starts with port.")]
    public int? EndPort { get; init; }

    public IntOrString? Port { get; init; }

    [Default("TCP"), Allowed("SCTP", "TCP", "UDP")]
    public string? Protocol { get; init; }
}

public sealed record NetworkPolicyPeer
{
    [Doc("A range of addresses.")]
    public IPBlock? IpBlock { get; init; }

    [Doc("Picks namespaces by their labels.")]
    public LabelSelector? NamespaceSelector { get; init; }

    [Doc("Picks pods by their labels.")]
    public LabelSelector? PodSelector { get; init; }
}

public sealed record IPBlock
{
    [Doc("The range.")]
    [Required]
    public string? Cidr { get; init; }

    [Doc("Parts of the range to leave out.")]
    public IReadOnlyList<string>? Except { get; init; }
}
