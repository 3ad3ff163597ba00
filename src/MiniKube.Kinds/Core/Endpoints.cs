namespace MiniKube.Kinds.Core;

[Doc("Addresses behind a Service, in the old single-object form; EndpointSlice replaces it.")]
[Kind("", "v1", "endpoints", Short = "ep")]
public sealed record Endpoints : KubeObject
{
    public IReadOnlyList<EndpointSubset>? Subsets { get; init; }
}

public sealed record EndpointSubset
{
    [Doc("The addresses.")]
    public IReadOnlyList<EndpointAddress>? Addresses { get; init; }

    public IReadOnlyList<EndpointAddress>? NotReadyAddresses { get; init; }
    public IReadOnlyList<EndpointPort>? Ports { get; init; }
}

[AtomicMap]
public sealed record EndpointAddress
{
    public string? Hostname { get; init; }

    [Required]
    public string? Ip { get; init; }

    [Doc("Name of the node.")]
    [KeepEmpty]
    public string? NodeName { get; init; }

    public ObjectReference? TargetRef { get; init; }
}

[AtomicMap]
public sealed record EndpointPort
{
    [KeepEmpty]
    public string? AppProtocol { get; init; }

    [KeepEmpty]
    public string? Name { get; init; }

    [Required]
    public int? Port { get; init; }

    [Default("TCP"), Allowed("SCTP", "TCP", "UDP")]
    public string? Protocol { get; init; }
}
