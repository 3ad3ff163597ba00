using System.Collections.Concurrent;
using MiniKube.ControlLoop;
using MiniKube.Kinds;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

/// <summary>Announced: at the last look the pod was to go some time.</summary>
public sealed record TaintEvictionSeen(Item<Pod> Pod, IReadOnlyList<Taint> Taints, DateTimeOffset Now, bool Announced = false);

/// <summary>Pods leave nodes whose NoExecute taints they don't tolerate: at once, or after the time they asked for.</summary>
public sealed class TaintEvictionController : Controller<TaintEvictionSeen>
{
    private readonly Cache<Pod> pods;
    private readonly Cache<Node> nodes;
    private readonly Index<Pod> byNode;

    // Who is to go later: only of them it is news that they stay.
    private readonly ConcurrentDictionary<Key, string> announced = new();

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
        triggers.On(pods, c => announced.ContainsKey(c.Latest.Key) ||
            c.New is { BeingDeleted: false } pod && pod.NodeName() is { Length: > 0 } node && Evicting(nodes.Get("", node)).Any() ? [c.Latest.Key] : []);
    }

    protected override TaintEvictionSeen? Observe(Turn turn)
    {
        var before = announced.GetValueOrDefault(turn.Key);
        if (pods.Get(turn.Key) is not { BeingDeleted: false } pod || pod.IsTerminal() || pod.NodeName() is not { Length: > 0 } node)
        {
            announced.TryRemove(turn.Key, out _);
            return null;
        }
        var taints = Evicting(nodes.Get("", node)).ToArray();
        if (Due(pod, taints, turn.Now) > turn.Now) announced[turn.Key] = pod.Uid;
        else announced.TryRemove(turn.Key, out _);
        return new(pod, taints, turn.Now, before == pod.Uid);
    }

    protected override Plan For(TaintEvictionSeen seen) => PlanFor(seen);

    public static Plan PlanFor(TaintEvictionSeen seen) => Due(seen.Pod, seen.Taints, seen.Now) switch
    {
        { } due when due <= seen.Now => Evict(seen),
        { } due => Plan.Recheck(due - seen.Now),
        null when seen.Announced => Plan.Of(new PlanAction.Emit(seen.Pod.Ref, "Normal", "TaintManagerEviction", $"Cancelling deletion of Pod {seen.Pod.Key}")),
        null => Plan.Nothing,
    };

    /// <summary>When the pod has to go; null means never. Of several tolerations of a taint the first holds.</summary>
    private static DateTimeOffset? Due(Item<Pod> pod, IReadOnlyList<Taint> taints, DateTimeOffset now)
    {
        DateTimeOffset? due = null;
        foreach (var taint in taints)
        {
            if ((pod.Value.Spec?.Tolerations ?? []).FirstOrDefault(t => NodeMatch.Tolerates(t, taint)) is not { } toleration) return now;
            if (toleration.TolerationSeconds is not { } seconds) continue;
            var until = (taint.TimeAdded ?? now) + TimeSpan.FromSeconds(Math.Max(0, seconds));
            if (due is null || until < due) due = until;
        }
        return due;
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
