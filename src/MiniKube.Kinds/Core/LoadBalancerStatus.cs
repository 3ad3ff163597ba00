namespace MiniKube.Kinds.Core;

public sealed record LoadBalancerStatus
{
    [Doc("Addresses of the load balancer.")]
    public IReadOnlyList<LoadBalancerIngress>? Ingress { get; init; }
}

public sealed record LoadBalancerIngress
{
    public string? Hostname { get; init; }
    public string? Ip { get; init; }

    [KeepEmpty]
    public string? IpMode { get; init; }

    public IReadOnlyList<PortStatus>? Ports { get; init; }
}

public sealed record PortStatus
{
    public string? Error { get; init; }

    [Required, Zero]
    public int? Port { get; init; }

    [Required, Zero, Allowed("SCTP", "TCP", "UDP")]
    public string? Protocol { get; init; }
}
