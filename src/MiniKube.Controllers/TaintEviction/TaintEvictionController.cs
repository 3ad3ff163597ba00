using MiniKube.ControlLoop;
using MiniKube.Kinds;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

public sealed record TaintEvictionSeen(Item<Pod> Pod, IReadOnlyList<Taint> Taints, DateTimeOffset Now);

/// <summary>Pods leave nodes whose NoExecute taints they don't tolerate: at once, or after the time they asked for.</summary>
public sealed class TaintEvictionController : Controller<TaintEvictionSeen>
{
    private readonly Cache<Pod> pods;
    private readonly Cache<Node> nodes;
    private readonly Index<Pod> byNode;

    public TaintEvictionController(Caches caches)
    {
        pods = caches.Of<Pod>();
        nodes = caches.Of<Node>();
        byNode = pods.ByNode();
    }

    public override string Name => "taint-eviction-controller";

    public override string Account => "node-controller";

    public override void Watch(Triggers triggers)
    {
        triggers.On(nodes, c => Evicting(c.Old).SequenceEqual(Evicting(c.New)) ? [] : byNode[c.Latest.Name].Select(p => p.Key));
        triggers.On(pods, c => c.New is { BeingDeleted: false } pod && pod.NodeName() is { Length: > 0 } node && Evicting(nodes.Get("", node)).Any() ? [pod.Key] : []);
    }

    protected override TaintEvictionSeen? Observe(Turn turn) =>
        pods.Get(turn.Key) is { BeingDeleted: false } pod && !pod.IsTerminal() && pod.NodeName() is { Length: > 0 } node
            ? new(pod, [.. Evicting(nodes.Get("", node))], turn.Now)
            : null;

    protected override Plan For(TaintEvictionSeen seen) => PlanFor(seen);

    public static Plan PlanFor(TaintEvictionSeen seen)
    {
        DateTimeOffset? due = null;
        foreach (var taint in seen.Taints)
        {
            var tolerations = (seen.Pod.Value.Spec?.Tolerations ?? []).Where(t => NodeMatch.Tolerates(t, taint)).ToArray();
            if (tolerations.Length == 0) return Evict(seen);
            if (tolerations.Min(t => t.TolerationSeconds) is not { } seconds) continue;
            var until = (taint.TimeAdded ?? seen.Now) + TimeSpan.FromSeconds(Math.Max(0, seconds));
            if (due is null || until < due) due = until;
        }
        return due is null ? Plan.Nothing : due <= seen.Now ? Evict(seen) : Plan.Recheck(due.Value - seen.Now);
    }

    private static Plan Evict(TaintEvictionSeen seen) => Plan.Of(
        new PlanAction.Emit(seen.Pod.Ref, "Normal", "TaintManagerEviction", $"Marking for deletion Pod {seen.Pod.Key}"),
        DisruptionTarget.Mark(seen.Pod, "DeletionByTaintManager", "Taint manager: deleting due to NoExecute taint", seen.Now),
        new PlanAction.Delete(seen.Pod.Type.Ref, seen.Pod.Namespace, seen.Pod.Name, seen.Pod.Uid, null));

    private static IEnumerable<Taint> Evicting(Item<Node>? node) => (node?.Value.Spec?.Taints ?? []).Where(t => t.Effect == "NoExecute");
}

/// <summary>The condition that tells a pod's owner that the pod was ended from outside.</summary>
public static class DisruptionTarget
{
    public static PlanAction.Patch Mark(Item<Pod> pod, string reason, string message, DateTimeOffset now, string? phase = null)
    {
        var conditions = (pod.Value.Status?.Conditions ?? []).Where(c => c.Type != "DisruptionTarget").Append(new()
        {
            Type = "DisruptionTarget", Status = "True", Reason = reason, Message = message, LastTransitionTime = now, ObservedGeneration = pod.Meta.Generation,
        });
        var status = new JsonMap { { "conditions", new JsonList(conditions.Select(c => (Json)KubeJson.ToTree(c))) } };
        if (phase is not null) status.Add("phase", phase);
        return new(pod.Type.Ref, pod.Namespace, pod.Name, pod.Uid, null, new JsonMap { { "status", status } }, "status");
    }
}
