using MiniKube.Kinds.Core;

namespace MiniKube.Kinds.Discovery;

[Doc("Some of the addresses behind a Service.")]
[Kind("discovery.k8s.io", "v1", "endpointslices", Generation = true)]
public sealed record EndpointSlice : KubeObject
{
    [Doc("Kind of all addresses in the slice.")]
    [Required, Allowed("FQDN", "IPv4", "IPv6")]
    public string? AddressType { get; init; }

    [Doc("The addresses.")]
    public IReadOnlyList<Endpoint>? Endpoints { get; init; }

    public IReadOnlyList<EndpointPort>? Ports { get; init; }
}

public sealed record Endpoint
{
    [Doc("The addresses.")]
    [Required, ListSet]
    public IReadOnlyList<string>? Addresses { get; init; }

    [Doc("Whether it is ready, serving, terminating.")]
    [Zero]
    public EndpointConditions? Conditions { get; init; }

    public IReadOnlyDictionary<string, string>? DeprecatedTopology { get; init; }
    public EndpointHints? Hints { get; init; }

    [KeepEmpty]
    public string? Hostname { get; init; }

    [Doc("Name of the node.")]
    [KeepEmpty]
    public string? NodeName { get; init; }

    public ObjectReference? TargetRef { get; init; }

    [KeepEmpty]
    public string? Zone { get; init; }
}

[AtomicMap]
public sealed record EndpointPort
{
    [KeepEmpty]
    public string? AppProtocol { get; init; }

    [Zero, KeepEmpty]
    public string? Name { get; init; }

    public int? Port { get; init; }

    [Default("TCP"), Allowed("SCTP", "TCP", "UDP")]
    public string? Protocol { get; init; }
}

public sealed record EndpointConditions
{
    public bool? Ready { get; init; }
    public bool? Serving { get; init; }
    public bool? Terminating { get; init; }
}

public sealed record EndpointHints
{
    public IReadOnlyList<ForNode>? ForNodes { get; init; }
    public IReadOnlyList<ForZone>? ForZones { get; init; }
}

public sealed record ForNode
{
    [Required]
    public string? Name { get; init; }
}

public sealed record ForZone
{
    [Required]
    public string? Name { get; init; }
}
