using MiniKube.Kinds.Meta;
using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

[Doc("A stable name and address in front of the pods that a selector picks.")]
[Kind("", "v1", "services", Short = "svc", Categories = "all")]
[Subresource("proxy", "create delete get patch update", Body = "v1 ServiceProxyOptions")]
[Subresource("status")]
public sealed record Service : KubeObject
{
    [Doc("The desired state.")]
    [Zero]
    public ServiceSpec? Spec { get; init; }

    [Doc("The observed state, written by the system.")]
    [Zero]
    public ServiceStatus? Status { get; init; }
}

[Doc("What a Service offers and to whom it leads.")]
public sealed record ServiceSpec
{
    public bool? AllocateLoadBalancerNodePorts { get; init; }

    [Doc("The virtual address, or None for a headless Service.")]
    public string? ClusterIP { get; init; }

    [Doc("All virtual addresses, at most one per family.")]
    public IReadOnlyList<string>? ClusterIPs { get; init; }

    [Doc("Addresses from which nodes also accept traffic for the Service.")]
    public IReadOnlyList<string>? ExternalIPs { get; init; }

    [Doc("The name to which an ExternalName Service leads.")]
    public string? ExternalName { get; init; }

    [Doc("Whether outside traffic stays on the node it arrives at.")]
    [Allowed("Cluster", "Local")]
    public string? ExternalTrafficPolicy { get; init; }

    [Doc("Port for health checks when outside traffic stays local.")]
    [OmitZero]
    public int? HealthCheckNodePort { get; init; }

    [Doc("Whether inside traffic stays on its node.")]
    [Allowed("Cluster", "Local")]
    public string? InternalTrafficPolicy { get; init; }

    [Doc("Address families of the Service.")]
    public IReadOnlyList<string>? IpFamilies { get; init; }

    [Doc("One family or two.")]
    [Allowed("PreferDualStack", "RequireDualStack", "SingleStack")]
    public string? IpFamilyPolicy { get; init; }

    [Doc("The load balancer implementation to use.")]
    [KeepEmpty]
    public string? LoadBalancerClass { get; init; }

    public string? LoadBalancerIP { get; init; }

    [Doc("Client ranges that a load balancer lets through.")]
    public IReadOnlyList<string>? LoadBalancerSourceRanges { get; init; }

    [Doc("Ports that the Service offers.")]
    [ListMap("port", "protocol"), PatchMerge("port")]
    public IReadOnlyList<ServicePort>? Ports { get; init; }

    [Doc("Unready pods count too.")]
    [OmitZero]
    public bool? PublishNotReadyAddresses { get; init; }

    [Doc("Labels of the pods behind the Service.")]
    [AtomicMap]
    public IReadOnlyDictionary<string, string>? Selector { get; init; }

    [Doc("Whether a client keeps its pod.")]
    [Default("None"), Allowed("ClientIP", "None")]
    public string? SessionAffinity { get; init; }

    public SessionAffinityConfig? SessionAffinityConfig { get; init; }

    [KeepEmpty]
    public string? TrafficDistribution { get; init; }

    [Doc("How the Service is reached.")]
    [Default("ClusterIP"), Allowed("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")]
    public string? Type { get; init; }
}

public sealed record ServiceStatus
{
    [Doc("Observed aspects of the object's state.")]
    [ListMap("type"), PatchMerge("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }

    [Doc("State of the load balancer.")]
    [Zero]
    public LoadBalancerStatus? LoadBalancer { get; init; }
}

[Doc("One port of a Service and where it leads.")]
public sealed record ServicePort
{
    [KeepEmpty]
    public string? AppProtocol { get; init; }

    [Doc("Unique within the Service; may be absent for a single port.")]
    public string? Name { get; init; }

    [Doc("The port on every node.")]
    [OmitZero]
    public int? NodePort { get; init; }

    [Doc("The port of the Service.")]
    [Required]
    public int? Port { get; init; }

    [Doc("TCP, UDP or SCTP.")]
    [Default("TCP"), Allowed("SCTP", "TCP", "UDP")]
    public string? Protocol { get; init; }

    [Doc("Port or port name on the pods; same as port if absent.")]
    public IntOrString? TargetPort { get; init; }
}

public sealed record SessionAffinityConfig
{
    public ClientIPConfig? ClientIP { get; init; }
}

public sealed record ClientIPConfig
{
    public int? TimeoutSeconds { get; init; }
}
