using MiniKube.ControlLoop;
using MiniKube.Kinds;
using MiniKube.Kinds.Coordination;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Engines.Simulated;

public sealed record HeartbeatSeen(string Name, int Number, SimulatedFleet Fleet, Item<Node>? Node, Item<Lease>? Lease, DateTimeOffset Now);

/// <summary>Registers a node, keeps its conditions good and its lease fresh.</summary>
public static class HeartbeatPlan
{
    private const string LeaseNamespace = "kube-node-lease";
    private const int LeaseSeconds = 40;

    private static readonly ResourceRef Nodes = Resources.RefOf<Node>();
    private static readonly ResourceRef Leases = Resources.RefOf<Lease>();

    public static Plan For(HeartbeatSeen seen)
    {
        if (seen.Node is null) return Plan.Of(new PlanAction.Create(Nodes, null, NodeObject(seen)));
        if (seen.Node.BeingDeleted) return Plan.Nothing;
        var actions = new List<PlanAction>();
        if (seen.Node.Value.Status?.Conditions?.Any(c => c is { Type: "Ready", Status: "True" }) != true)
            actions.Add(new PlanAction.Patch(Nodes, null, seen.Name, seen.Node.Uid, null, new JsonMap { { "status", Status(seen) } }, "status"));
        var due = (seen.Lease?.Value.Spec?.RenewTime ?? DateTimeOffset.MinValue) + seen.Fleet.Heartbeat;
        if (seen.Lease is null) actions.Add(new PlanAction.Create(Leases, LeaseNamespace, LeaseObject(seen)));
        else if (due <= seen.Now)
        {
            actions.Add(new PlanAction.Patch(Leases, LeaseNamespace, seen.Name, seen.Lease.Uid, null,
                new JsonMap { { "spec", new JsonMap { { "renewTime", KubeTime.Micros(seen.Now) }, { "holderIdentity", seen.Name } } } }));
        }
        return Plan.Of(actions).Recheck(due > seen.Now ? due - seen.Now : seen.Fleet.Heartbeat);
    }

    private static JsonMap NodeObject(HeartbeatSeen seen)
    {
        var labels = new JsonMap
        {
            { "kubernetes.io/hostname", seen.Name }, { "kubernetes.io/arch", "amd64" }, { "kubernetes.io/os", "linux" },
            { "beta.kubernetes.io/arch", "amd64" }, { "beta.kubernetes.io/os", "linux" }, { "minik.io/simulated", "true" },
        };
        if (seen.Fleet.Zones > 0) labels.Add("topology.kubernetes.io/zone", $"zone-{seen.Number % seen.Fleet.Zones}");
        return new()
        {
            { "apiVersion", "v1" }, { "kind", "Node" },
            { "metadata", new JsonMap { { "name", seen.Name }, { "labels", labels } } },
            { "spec", new JsonMap() },
            { "status", Status(seen) },
        };
    }

    private static JsonMap Status(HeartbeatSeen seen)
    {
        var resources = new JsonMap
        {
            { "cpu", $"{seen.Fleet.Cpus}" }, { "memory", seen.Fleet.Memory }, { "pods", $"{seen.Fleet.Pods}" }, { "ephemeral-storage", "100Gi" },
        };
        return new()
        {
            { "capacity", resources }, { "allocatable", resources.Clone() },
            {
                "conditions", JsonList.Of(
                    Condition("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
                    Condition("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
                    Condition("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
                    Condition("Ready", "True", "KubeletReady", "kubelet is posting ready status"))
            },
            {
                "addresses", JsonList.Of(
                    new JsonMap { { "type", "InternalIP" }, { "address", seen.Fleet.AddressOf(seen.Name) } },
                    new JsonMap { { "type", "Hostname" }, { "address", seen.Name } })
            },
            {
                "nodeInfo", new JsonMap
                {
                    { "architecture", "amd64" }, { "bootID", "" }, { "containerRuntimeVersion", "sim://1" }, { "kernelVersion", "simulated" },
                    { "kubeProxyVersion", "" }, { "kubeletVersion", "v1.36.0-sim" }, { "machineID", seen.Name }, { "operatingSystem", "linux" },
                    { "osImage", "simulated" }, { "systemUUID", seen.Name },
                }
            },
        };

        JsonMap Condition(string type, string status, string reason, string message) => new()
        {
            { "type", type }, { "status", status }, { "reason", reason }, { "message", message },
            { "lastHeartbeatTime", KubeTime.Seconds(seen.Now) }, { "lastTransitionTime", KubeTime.Seconds(seen.Now) },
        };
    }

    private static JsonMap LeaseObject(HeartbeatSeen seen) => new()
    {
        { "apiVersion", Leases.ApiVersion }, { "kind", "Lease" },
        {
            "metadata", new JsonMap
            {
                { "name", seen.Name }, { "namespace", LeaseNamespace },
                {
                    "ownerReferences", JsonList.Of(new JsonMap
                    {
                        { "apiVersion", "v1" }, { "kind", "Node" }, { "name", seen.Name }, { "uid", seen.Node!.Uid },
                    })
                },
            }
        },
        {
            "spec", new JsonMap
            {
                { "holderIdentity", seen.Name }, { "leaseDurationSeconds", LeaseSeconds }, { "renewTime", KubeTime.Micros(seen.Now) },
            }
        },
    };
}

public sealed class NodeHeartbeat(Caches caches, SimulatedFleet fleet) : Controller<HeartbeatSeen>
{
    private readonly Cache<Node> nodes = caches.Of<Node>();
    private readonly Cache<Lease> leases = caches.Of<Lease>();

    public override string Name => "simulated-heartbeat";

    public override int Parallelism => 64;

    public override void Watch(Triggers triggers)
    {
        triggers.Reads(leases);
        triggers.On(nodes, c => fleet.Has(c.Latest.Name) ? [c.Latest.Key] : []);
        foreach (var name in fleet.Names) triggers.Add(Key.Cluster(name));
    }

    protected override HeartbeatSeen? Observe(Turn turn) => SimulatedFleet.NumberOf(turn.Key.Name) is not { } number || number >= fleet.Count
        ? null
        : new(turn.Key.Name, number, fleet, nodes.Get(turn.Key), leases.Get("kube-node-lease", turn.Key.Name), turn.Now);

    protected override Plan For(HeartbeatSeen seen) => HeartbeatPlan.For(seen);
}
