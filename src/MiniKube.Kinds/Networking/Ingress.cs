using MiniKube.Kinds.Core;

namespace MiniKube.Kinds.Networking;

[Doc("HTTP routes from outside the cluster to Services.")]
[Kind("networking.k8s.io", "v1", "ingresses", Short = "ing", Generation = true)]
[Subresource("status")]
public sealed record Ingress : KubeObject
{
    [Doc("The desired state.")]
    [Zero]
    public IngressSpec? Spec { get; init; }

    [Doc("The observed state, written by the system.")]
    [Zero]
    public IngressStatus? Status { get; init; }
}

public sealed record IngressSpec
{
    [Doc("Takes what no rule matches.")]
    public IngressBackend? DefaultBackend { get; init; }

    [Doc("The class of the controller that serves it.")]
    [KeepEmpty]
    public string? IngressClassName { get; init; }

    [Doc("Routes by host and path.")]
    public IReadOnlyList<IngressRule>? Rules { get; init; }

    [Doc("Hosts that are served over TLS.")]
    public IReadOnlyList<IngressTLS>? Tls { get; init; }
}

public sealed record IngressStatus
{
    [Doc("State of the load balancer.")]
    [Zero]
    public IngressLoadBalancerStatus? LoadBalancer { get; init; }
}

public sealed record IngressBackend
{
    public TypedLocalObjectReference? Resource { get; init; }
    public IngressServiceBackend? Service { get; init; }
}

public sealed record IngressRule
{
    public string? Host { get; init; }
    public HTTPIngressRuleValue? Http { get; init; }
}

public sealed record IngressTLS
{
    [Doc("Host names.")]
    public IReadOnlyList<string>? Hosts { get; init; }

    [Doc("Name of the secret.")]
    public string? SecretName { get; init; }
}

public sealed record IngressLoadBalancerStatus
{
    [Doc("Addresses of the load balancer.")]
    public IReadOnlyList<IngressLoadBalancerIngress>? Ingress { get; init; }
}

public sealed record IngressServiceBackend
{
    [Required]
    public string? Name { get; init; }

    public ServiceBackendPort? Port { get; init; }
}

public sealed record HTTPIngressRuleValue
{
    [Required]
    public IReadOnlyList<HTTPIngressPath>? Paths { get; init; }
}

public sealed record IngressLoadBalancerIngress
{
    public string? Hostname { get; init; }
    public string? Ip { get; init; }
    public IReadOnlyList<IngressPortStatus>? Ports { get; init; }
}

[AtomicMap]
public sealed record ServiceBackendPort
{
    public string? Name { get; init; }

    [OmitZero]
    public int? Number { get; init; }
}

public sealed record HTTPIngressPath
{
    [Doc("Where the traffic goes.")]
    [Required]
    public IngressBackend? Backend { get; init; }

    public string? Path { get; init; }

    [Doc("How the path is compared.")]
    [Required, Allowed("Exact", "ImplementationSpecific", "Prefix")]
    public string? PathType { get; init; }
}

public sealed record IngressPortStatus
{
    public string? Error { get; init; }

    [Required, Zero]
    public int? Port { get; init; }

    [Required, Zero, Allowed("SCTP", "TCP", "UDP")]
    public string? Protocol { get; init; }
}
