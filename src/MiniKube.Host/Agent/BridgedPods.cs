using System.Net;
using MiniKube.Kubelet;
using MiniKube.Network.Bridge;
using MiniKube.Network.Cni;
using MiniKube.Network.Policy;

namespace MiniKube.Host;

/// <summary>The kubelet's view of the pod network, on a bridge of this node. It is ready once the node has a range of addresses.</summary>
internal sealed class BridgedPods : IPodNetwork, IDisposable
{
    private readonly Abandoned abandoned = new();
    private volatile PodBridge? bridge;

    /// <summary>The engine has its sandboxes attached itself, through its network plugin; here it is only looked up.</summary>
    public bool AttachedByEngine { get; set; }

    /// <summary>Who must know of a pod before it runs.</summary>
    public NetworkPolicies? Policies { get; set; }

    public ICniNetwork? Network => NotReadyReason is null ? bridge : null;

    public string? NotReadyReason { get; private set; } = "the node has not been assigned a range of pod addresses yet";

    public async Task Open(BridgeOptions options, CancellationToken cancel)
    {
        try
        {
            var made = new PodBridge(options);
            await made.Setup(cancel);
            abandoned.Suspect(made.Owners);
            bridge = made;
            NotReadyReason = null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            NotReadyReason = $"the bridge could not be set up: {e.Message}";
        }
    }

    public Task Accept(CancellationToken cancel) => bridge?.Accept(cancel) ?? Task.CompletedTask;

    public async Task<IPAddress> Attach(SandboxAttachment sandbox, CancellationToken cancel = default)
    {
        var address = AttachedByEngine
            ? Ready().AddressOf(sandbox.SandboxId) ?? throw new IOException("the engine has made the sandbox without its network")
            : await Ready().Attach(sandbox.SandboxId, sandbox.Pid, [.. sandbox.HostPorts.Select(p => new PortMapping(p.Port, p.ContainerPort, p.Protocol, p.HostIP))], cancel);
        // A pod of a file doesn't wait for a cluster: the rules know it once its mirror shows its address.
        if (!sandbox.IsStatic && Policies is { } policies) await policies.Admit(sandbox.Pod.Namespace, sandbox.Pod.Name, sandbox.Pod.Uid, address.ToString(), cancel);
        return address;
    }

    public IPAddress? AddressOf(string sandboxId) => bridge?.AddressOf(sandboxId);

    public Task Detach(string sandboxId, CancellationToken cancel = default) => bridge?.Detach(sandboxId, cancel) ?? Task.CompletedTask;

    public async Task Reclaim(IReadOnlySet<string> sandboxes, CancellationToken cancel = default)
    {
        if (bridge is not { } open) return;
        foreach (var gone in abandoned.Of(open.Owners, sandboxes)) await open.Detach(gone, cancel);
    }

    public void Dispose() => bridge?.Dispose();

    private PodBridge Ready() => bridge ?? throw new IOException(NotReadyReason);
}
