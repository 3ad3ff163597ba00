using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

[Doc("What a pod should be.")]
public sealed record PodSpec
{
    [Doc("Seconds after which a pod is ended as failed.")]
    public long? ActiveDeadlineSeconds { get; init; }

    [Doc("On which nodes, and near which pods, to run.")]
    public Affinity? Affinity { get; init; }

    [Doc("Whether a token of the service account is mounted.")]
    public bool? AutomountServiceAccountToken { get; init; }

    [Doc("The containers of the pod; at least one.")]
    [Required, ListMap("name"), PatchMerge("name")]
    public IReadOnlyList<Container>? Containers { get; init; }

    [Doc("Resolver settings in addition to the policy's.")]
    public PodDNSConfig? DnsConfig { get; init; }

    [Doc("Which resolver configuration the containers get.")]
    [Default("ClusterFirst"), Allowed("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None")]
    public string? DnsPolicy { get; init; }

    [Doc("Environment variables for the Services of the namespace.")]
    public bool? EnableServiceLinks { get; init; }

    [Doc("Added to a running pod through its subresource.")]
    [ListMap("name"), PatchMerge("name")]
    public IReadOnlyList<EphemeralContainer>? EphemeralContainers { get; init; }

    [Doc("Additional lines of /etc/hosts.")]
    [ListMap("ip"), PatchMerge("ip")]
    public IReadOnlyList<HostAlias>? HostAliases { get; init; }

    [Doc("Share the node's IPC namespace.")]
    [OmitZero]
    public bool? HostIPC { get; init; }

    [Doc("Use the node's network instead of one of its own.")]
    [OmitZero]
    public bool? HostNetwork { get; init; }

    [Doc("See the node's processes.")]
    [OmitZero]
    public bool? HostPID { get; init; }

    [Doc("False puts the pod into a user namespace of its own.")]
    public bool? HostUsers { get; init; }

    [Doc("The host name; the pod's name if absent.")]
    public string? Hostname { get; init; }

    [KeepEmpty]
    public string? HostnameOverride { get; init; }

    [Doc("Secrets with registry credentials.")]
    [ListMap("name"), PatchMerge("name")]
    public IReadOnlyList<LocalObjectReference>? ImagePullSecrets { get; init; }

    [Doc("Run one after the other, to completion, before the containers start.")]
    [ListMap("name"), PatchMerge("name")]
    public IReadOnlyList<Container>? InitContainers { get; init; }

    [Doc("The node that runs the pod; usually set by the scheduler.")]
    public string? NodeName { get; init; }

    [Doc("Labels that a node must have.")]
    [AtomicMap]
    public IReadOnlyDictionary<string, string>? NodeSelector { get; init; }

    [Doc("The operating system the containers are made for.")]
    public PodOS? Os { get; init; }

    [Doc("What the runtime itself needs on top of the containers.")]
    public IReadOnlyDictionary<string, Quantity>? Overhead { get; init; }

    [Doc("Whether less important pods may be ended to make room.")]
    [Allowed("Never", "PreemptLowerPriority")]
    public string? PreemptionPolicy { get; init; }

    [Doc("The pod's importance; filled in from its class.")]
    public int? Priority { get; init; }

    [Doc("Name of the pod's importance.")]
    public string? PriorityClassName { get; init; }

    [Doc("Conditions beyond the containers' readiness that the pod's readiness needs.")]
    public IReadOnlyList<PodReadinessGate>? ReadinessGates { get; init; }

    [Doc("Claims for devices that containers can refer to.")]
    [ListMap("name"), PatchMerge("name"), PatchRetainKeys]
    public IReadOnlyList<PodResourceClaim>? ResourceClaims { get; init; }

    [Doc("Resources for the pod as a whole.")]
    public ResourceRequirements? Resources { get; init; }

    [Doc("When ended containers are started again.")]
    [Default("Always"), Allowed("Always", "Never", "OnFailure")]
    public string? RestartPolicy { get; init; }

    [Doc("The container runtime configuration to use.")]
    [KeepEmpty]
    public string? RuntimeClassName { get; init; }

    [Doc("The scheduler that places the pod.")]
    [Default("default-scheduler")]
    public string? SchedulerName { get; init; }

    [Doc("The pod is not scheduled until all of them are removed.")]
    [ListMap("name"), PatchMerge("name")]
    public IReadOnlyList<PodSchedulingGate>? SchedulingGates { get; init; }

    public PodSchedulingGroup? SchedulingGroup { get; init; }

    [Doc("Privileges and identity for all containers.")]
    [Zero]
    public PodSecurityContext? SecurityContext { get; init; }

    [Doc("Old name of serviceAccountName.")]
    public string? ServiceAccount { get; init; }

    [Doc("The service account that the pod runs as.")]
    public string? ServiceAccountName { get; init; }

    [Doc("The full domain name is the host name.")]
    public bool? SetHostnameAsFQDN { get; init; }

    [Doc("Containers see each other's processes.")]
    public bool? ShareProcessNamespace { get; init; }

    [Doc("Name of a headless Service that gives the pod a full domain name.")]
    public string? Subdomain { get; init; }

    [Doc("Seconds between the request to stop and the kill.")]
    [Default(30)]
    public long? TerminationGracePeriodSeconds { get; init; }

    [Doc("Taints that the pod does not mind.")]
    public IReadOnlyList<Toleration>? Tolerations { get; init; }

    [Doc("How evenly pods are spread.")]
    [ListMap("topologyKey", "whenUnsatisfiable"), PatchMerge("topologyKey")]
    public IReadOnlyList<TopologySpreadConstraint>? TopologySpreadConstraints { get; init; }

    [Doc("Storage that containers can mount.")]
    [ListMap("name"), PatchMerge("name"), PatchRetainKeys]
    public IReadOnlyList<Volume>? Volumes { get; init; }
}

public sealed record PodDNSConfig
{
    public IReadOnlyList<string>? Nameservers { get; init; }
    public IReadOnlyList<PodDNSConfigOption>? Options { get; init; }
    public IReadOnlyList<string>? Searches { get; init; }
}

public sealed record HostAlias
{
    public IReadOnlyList<string>? Hostnames { get; init; }

    [Required]
    public string? Ip { get; init; }
}

public sealed record PodOS
{
    [Required]
    public string? Name { get; init; }
}

public sealed record PodReadinessGate
{
    [Required]
    public string? ConditionType { get; init; }
}

public sealed record PodResourceClaim
{
    [Required]
    public string? Name { get; init; }

    [KeepEmpty]
    public string? ResourceClaimName { get; init; }

    [KeepEmpty]
    public string? ResourceClaimTemplateName { get; init; }
}

public sealed record PodSchedulingGate
{
    [Required]
    public string? Name { get; init; }
}

public sealed record PodSchedulingGroup
{
    public string? PodGroupName { get; init; }
}

public sealed record PodDNSConfigOption
{
    public string? Name { get; init; }

    [KeepEmpty]
    public string? Value { get; init; }
}
