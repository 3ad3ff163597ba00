using System.Net;

namespace MiniKube.Kubelet;

/// <summary>Gives sandboxes their place in the network. Implemented by whoever builds the pod network.</summary>
public interface IPodNetwork
{
    /// <summary>Null when pods can be attached; otherwise what is missing, for the node's Ready condition.</summary>
    string? NotReadyReason { get; }

    /// <summary>Attaches a sandbox, or finds it attached already, and says its address.</summary>
    Task<IPAddress> Attach(SandboxAttachment sandbox, CancellationToken cancel = default);

    /// <summary>The address given to a sandbox, over restarts; null if it has none.</summary>
    IPAddress? AddressOf(string sandboxId);

    Task Detach(string sandboxId, CancellationToken cancel = default);

    /// <summary>Nobody answers at these addresses: probes over the network are taken to succeed.</summary>
    bool IsPretended => false;

    /// <summary>Takes back what sandboxes that are gone were given; one that is unknown for the first time may be about to come.</summary>
    Task Reclaim(IReadOnlySet<string> sandboxes, CancellationToken cancel = default);
}

public sealed record SandboxAttachment(string SandboxId, PodIdentity Pod, int Pid, IReadOnlyList<HostPort> HostPorts)
{
    /// <summary>The API server doesn't know the pod, or by another uid.</summary>
    public bool IsStatic { get; init; }
}

public sealed record HostPort(int Port, int ContainerPort, string Protocol, string? HostIP);

/// <summary>The environment variables that announce the Services of a namespace.</summary>
public interface IServiceEnvironment
{
    IReadOnlyList<KeyValuePair<string, string>> For(string ns, bool links);
}
