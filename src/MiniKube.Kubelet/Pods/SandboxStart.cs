using MiniKube.Kinds.Core;
using MiniKube.Kubelet.Containers;
using MiniKube.Kubelet.Files;

namespace MiniKube.Kubelet.Pods;

/// <summary>From a declared pod to a sandbox with an address: what holds it, whose users it has, its network, the files about it. What goes wrong is a reason and a message.</summary>
internal sealed class SandboxStart(NodeContext node)
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Later = TimeSpan.FromSeconds(10);

    public async Task<StartTrouble?> Run(PodSeen seen, PodStep.RunSandbox step, PodEvents events, CancellationToken cancel)
    {
        var (pod, spec) = (seen.Pod, seen.Spec);
        if (spec.HostNetwork != true && node.Network.NotReadyReason is { } reason)
        {
            var message = $"network is not ready: container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:{reason}";
            events.Warning("NetworkNotReady", message);
            return new("NetworkNotReady", message, node.Time.GetUtcNow() + TimeSpan.FromMilliseconds(500));
        }

        StartTrouble Refused(string message, TimeSpan rest)
        {
            events.Warning("FailedCreatePodSandBox", $"Failed to create pod sandbox: {message}");
            return new("FailedCreatePodSandBox", message, node.Time.GetUtcNow() + rest);
        }

        var (hostname, fault) = PodNames.OfKernel(pod, node.Options.ClusterDomain);
        var handler = "";
        if (fault is null) (handler, fault) = await node.RuntimeHandler(spec.RuntimeClassName, cancel);
        if (fault is not null) return Refused(fault, Later);
        // Without its own users root in the container would be root of the machine, which is what was not wanted.
        if (spec.HostUsers == false && UsersRefusal(handler, await node.AbilitiesFor(pod, cancel)) is { } cannot) return Refused(cannot, Later);
        if (step.Replaces) events.Normal("SandboxChanged", "Pod sandbox changed, it will be killed and re-created.");
        // What the old one had of the network, ports of the node above all, is for the new one.
        foreach (var old in seen.Engine.Sandboxes) await node.Network.Detach(old.Id, cancel);
        try
        {
            var cgroup = PodCgroup.Path(node.Options.CgroupRoot, NodeContext.QosOf(pod), seen.Identity.Uid);
            node.Limit(cgroup, ResourceLimits.OfPod(pod));
            node.ShareClasses();
            var sandbox = await node.Engine.RunSandbox(new(seen.Identity, step.Attempt, hostname)
            {
                HostNetwork = spec.HostNetwork == true, HostPid = spec.HostPID == true, HostIpc = spec.HostIPC == true, SharePid = spec.ShareProcessNamespace == true,
                Privileged = PodContainers.Of(spec).Any(c => c.Container.SecurityContext?.Privileged == true), HostPorts = HostPorts(spec), CgroupParent = cgroup, RuntimeHandler = handler,
                Users = node.UsersOf(pod), Annotations = pod.Metadata.Annotations ?? new Dictionary<string, string>(),
                Sysctls = (spec.SecurityContext?.Sysctls ?? []).ToDictionary(s => s.Name!, s => s.Value!),
            }, cancel);
            var address = node.Options.Address;
            if (spec.HostNetwork != true) address = await node.Network.Attach(new(sandbox.Id, seen.Identity, sandbox.Pid, HostPorts(spec)) { IsStatic = pod.Metadata.Annotations?.ContainsKey(Static.StaticPods.Hash) == true }, cancel);
            WriteFiles(pod, address.ToString());
            Interlocked.Increment(ref node.Counters.StartedPods);
            return null;
        }
        catch (Exception e) when (e is EngineException { Fault: not EngineFault.Unreachable } or IOException)
        {
            Interlocked.Increment(ref node.Counters.FailedPods);
            var trouble = Refused(e.Message, Soon);
            // What was half made must not look like a sandbox.
            var state = await node.Engine.Observe(seen.Identity.Uid, cancel);
            foreach (var half in state.Sandboxes.Where(s => s.Attempt == step.Attempt))
            {
                await node.Network.Detach(half.Id, cancel);
                await node.Engine.RemoveSandbox(half.Id, cancel);
            }
            return trouble;
        }
    }

    /// <summary>Why a pod can't have users of its own, in upstream's words.</summary>
    public static string? UsersRefusal(string handler, EngineAbilities abilities)
    {
        var known = abilities.Of(handler);
        if (known is { UserNamespaces: true }) return null;
        var who = handler.Length == 0 ? "runtime" : $"RuntimeClass handler \"{handler}\"";
        var why = known is null && abilities.Handlers.Count > 0 ? $": the handler \"{handler}\" is not known" : "";
        return $"can't set `spec.hostUsers: false`, {who} does not support user namespaces{why}";
    }

    private void WriteFiles(Pod pod, string address)
    {
        var directory = new PodDirectory(node.Options.DataDir, pod.Metadata.Uid!);
        Directory.CreateDirectory(directory.Path);
        var spec = pod.Spec!;
        File.WriteAllText(directory.Hosts, spec.HostNetwork == true
            ? HostsFile.ForHostNetwork(spec, File.Exists("/etc/hosts") ? File.ReadAllText("/etc/hosts") : "")
            : HostsFile.For(spec, address, PodNames.Hostname(pod), PodNames.Domain(pod, node.Options.ClusterDomain)));
        var host = File.Exists(node.Options.HostResolvConf) ? File.ReadAllText(node.Options.HostResolvConf) : "";
        File.WriteAllText(directory.ResolvConf, ResolvConf.For(spec, pod.Metadata.Namespace!, node.Options.ClusterDns, node.Options.ClusterDomain, host).Text());
    }

    private static IReadOnlyList<HostPort> HostPorts(PodSpec spec) =>
        [.. (spec.Containers ?? []).SelectMany(c => c.Ports ?? []).Where(p => p.HostPort is > 0).Select(p => new HostPort(p.HostPort!.Value, p.Port!.Value, p.Protocol ?? "TCP", p.HostIP))];
}
