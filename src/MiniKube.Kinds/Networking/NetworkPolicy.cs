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
    public IReadOnlyList<NetworkPolicyEgressRule>? Egress { get; init; }
    public IReadOnlyList<NetworkPolicyIngressRule>? Ingress { get; init; }

    [Zero]
    public LabelSelector? PodSelector { get; init; }

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
    public int? EndPort { get; init; }
    public IntOrString? Port { get; init; }

    [Default("TCP"), Allowed("SCTP", "TCP", "UDP")]
    public string? Protocol { get; init; }
}

public sealed record NetworkPolicyPeer
{
    public IPBlock? IpBlock { get; init; }
    public LabelSelector? NamespaceSelector { get; init; }
    public LabelSelector? PodSelector { get; init; }
}

public sealed record IPBlock
{
    [Required]
    public string? Cidr { get; init; }

    public IReadOnlyList<string>? Except { get; init; }
}
