using MiniKube.ControlLoop;
using MiniKube.Kinds;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

public sealed record NodeLifecycleSeen(
    Item<Node> Node,
    DateTimeOffset HeardFrom,
    DateTimeOffset Now,
    IReadOnlyList<Item<Pod>> Pods,
    Func<TimeSpan?> EvictionWait)
{
    /// <summary>Not one node answers: it is more likely this side that is cut off, and no pod is made to leave.</summary>
    public Func<bool> NobodyAnswers { get; init; } = () => false;

    /// <summary>Nothing was known of the node before.</summary>
    public bool IsNew { get; init; }

    /// <summary>There was the node at the last look.</summary>
    public bool IsGone { get; init; }
}

/// <summary>Says of a silent node that nothing is known of it, and keeps the taints that follow from its conditions.</summary>
public static class NodeLifecyclePlan
{
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(50);

    private static readonly (string Condition, string Status, string Taint)[] Taints =
    [
        ("Ready", "False", "node.kubernetes.io/not-ready"),
        ("Ready", "Unknown", "node.kubernetes.io/unreachable"),
        ("MemoryPressure", "True", "node.kubernetes.io/memory-pressure"),
        ("DiskPressure", "True", "node.kubernetes.io/disk-pressure"),
        ("PIDPressure", "True", "node.kubernetes.io/pid-pressure"),
        ("NetworkUnavailable", "True", "node.kubernetes.io/network-unavailable"),
    ];

    private static readonly string[] EvictingKeys = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];

    public static Plan For(NodeLifecycleSeen seen)
    {
        if (seen.IsGone) return Plan.Of(new PlanAction.Emit(seen.Node.Ref, "Normal", "RemovingNode", $"Node {seen.Node.Name} event: Removing Node {seen.Node.Name} from Controller"));
        if (seen.Node.BeingDeleted) return Plan.Nothing;
        return seen.IsNew ? Known(seen) : Keep(seen);
    }

    private static Plan Known(NodeLifecycleSeen seen)
    {
        var plan = Keep(seen);
        return plan with { Actions = [new PlanAction.Emit(seen.Node.Ref, "Normal", "RegisteredNode", $"Node {seen.Node.Name} event: Registered Node {seen.Node.Name} in Controller"), .. plan.Actions] };
    }

    private static Plan Keep(NodeLifecycleSeen seen)
    {
        var silent = seen.HeardFrom + Grace - seen.Now;
        if (silent <= TimeSpan.Zero && Silence(seen) is { } unknown) return Plan.Of(unknown);

        var (taints, wait) = Wanted(seen);
        var actions = new List<PlanAction>();
        if (!Same(seen.Node.Value.Spec?.Taints ?? [], taints)) actions.Add(SetTaints(seen, taints));
        if (Ready(seen) is not "True") actions.AddRange(MarkPods(seen));
        return Plan.Of(actions).Recheck(silent > TimeSpan.Zero ? silent + TimeSpan.FromMilliseconds(100) : Grace).Recheck(wait);
    }

    private static string Ready(NodeLifecycleSeen seen) =>
        seen.Node.Value.Status?.Conditions?.FirstOrDefault(c => c.Type == "Ready")?.Status ?? "Unknown";

    /// <summary>Null when the conditions already say that nothing is known.</summary>
    private static PlanAction.Patch? Silence(NodeLifecycleSeen seen)
    {
        var conditions = (seen.Node.Value.Status?.Conditions ?? []).ToList();
        var changed = false;
        foreach (var type in new[] { "Ready", "MemoryPressure", "DiskPressure", "PIDPressure" })
        {
            var at = conditions.FindIndex(c => c.Type == type);
            if (at >= 0 && conditions[at].Status == "Unknown") continue;
            changed = true;
            var known = at >= 0 ? conditions[at] : null;
            var unknown = new NodeCondition
            {
                Type = type,
                Status = "Unknown",
                Reason = known is null ? "NodeStatusNeverUpdated" : "NodeStatusUnknown",
                Message = known is null ? "Kubelet never posted node status." : "Kubelet stopped posting node status.",
                LastHeartbeatTime = known?.LastHeartbeatTime ?? seen.Node.Meta.Created,
                LastTransitionTime = seen.Now,
            };
            if (at >= 0) conditions[at] = unknown;
            else conditions.Add(unknown);
        }
        if (!changed) return null;
        var list = new JsonList(conditions.Select(c => (Json)KubeJson.ToTree(c)));
        return new PlanAction.Patch(seen.Node.Type.Ref, null, seen.Node.Name, seen.Node.Uid, seen.Node.Meta.ResourceVersion,
            new JsonMap { { "status", new JsonMap { { "conditions", list } } } }, "status")
        {
            Announce = new(seen.Node.Ref) { Done = ("NodeNotReady", $"Node {seen.Node.Name} status is now: NodeNotReady") },
        };
    }

    private static (List<Taint> Taints, TimeSpan? Wait) Wanted(NodeLifecycleSeen seen)
    {
        var spec = seen.Node.Value.Spec;
        var current = spec?.Taints ?? [];
        var managed = Taints.Select(t => t.Taint).Append("node.kubernetes.io/unschedulable").ToHashSet();
        var wanted = current.Where(t => !(managed.Contains(t.Key ?? "") && (t.Effect == "NoSchedule" || t.Effect == "NoExecute" && EvictingKeys.Contains(t.Key)))).ToList();
        foreach (var (condition, status, key) in Taints)
        {
            if (seen.Node.Value.Status?.Conditions?.Any(c => c.Type == condition && c.Status == status) == true)
                wanted.Add(Kept(current, key, "NoSchedule") ?? new() { Key = key, Effect = "NoSchedule", TimeAdded = seen.Now });
        }
        if (spec?.Unschedulable == true)
            wanted.Add(Kept(current, "node.kubernetes.io/unschedulable", "NoSchedule") ??
                new() { Key = "node.kubernetes.io/unschedulable", Effect = "NoSchedule", TimeAdded = seen.Now });

        TimeSpan? wait = null;
        var evicting = Ready(seen) switch { "False" => EvictingKeys[0], "Unknown" => EvictingKeys[1], _ => null };
        if (evicting is not null && seen.NobodyAnswers()) wait = TimeSpan.FromSeconds(10);
        else if (evicting is not null)
        {
            if (Kept(current, evicting, "NoExecute") is { } there) wanted.Add(there);
            // One evicting taint in place of the other costs no more pods.
            else if (current.Any(t => t.Effect == "NoExecute" && EvictingKeys.Contains(t.Key)) || (wait = seen.EvictionWait()) == TimeSpan.Zero)
            {
                wanted.Add(new() { Key = evicting, Effect = "NoExecute", TimeAdded = seen.Now });
                wait = null;
            }
            else wait ??= TimeSpan.FromSeconds(10);
        }
        return (wanted, wait);
    }

    private static Taint? Kept(IReadOnlyList<Taint> current, string key, string effect) => current.FirstOrDefault(t => t.Key == key && t.Effect == effect);

    private static bool Same(IReadOnlyList<Taint> a, IReadOnlyList<Taint> b) =>
        a.Count == b.Count && a.All(t => b.Any(o => o.Key == t.Key && o.Effect == t.Effect && o.Value == t.Value));

    private static PlanAction SetTaints(NodeLifecycleSeen seen, List<Taint> taints) =>
        new PlanAction.Patch(seen.Node.Type.Ref, null, seen.Node.Name, seen.Node.Uid, seen.Node.Meta.ResourceVersion, new JsonMap
        {
            { "spec", new JsonMap { { "taints", taints.Count == 0 ? Json.Null : new JsonList(taints.Select(t => (Json)KubeJson.ToTree(t))) } } },
        });

    /// <summary>Pods on a node that isn't ready aren't either, whoever last said so.</summary>
    private static IEnumerable<PlanAction> MarkPods(NodeLifecycleSeen seen)
    {
        foreach (var pod in seen.Pods)
        {
            if (pod.Condition("Ready") is not { Status: "True" }) continue;
            var conditions = pod.Value.Status!.Conditions!.Select(c => c.Type == "Ready" ? c with { Status = "False", LastTransitionTime = seen.Now } : c);
            yield return new PlanAction.Patch(pod.Type.Ref, pod.Namespace, pod.Name, pod.Uid, pod.Meta.ResourceVersion, new JsonMap
            {
                { "status", new JsonMap { { "conditions", new JsonList(conditions.Select(c => (Json)KubeJson.ToTree(c))) } } },
            }, "status");
            yield return new PlanAction.Emit(pod.Ref, "Warning", "NodeNotReady", "Node is not ready");
        }
    }
}
