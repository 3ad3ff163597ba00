using System.Collections.Concurrent;
using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

public sealed record PodGarbageSeen(IReadOnlyList<Item<Pod>> Pods, Func<string, bool> NodeLongGone, int MostTerminated, DateTimeOffset Now)
{
    /// <summary>Down, and somebody vouches that nothing runs there any more.</summary>
    public Func<string, bool> NodeOutOfService { get; init; } = _ => false;
}

/// <summary>A sweep in intervals: finished pods beyond the limit, the evicted first; pods of nodes that are gone
/// or out of service; pods deleted before they had a node.</summary>
public static class PodGarbagePlan
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(20);

    public static Plan For(PodGarbageSeen seen)
    {
        var actions = new List<PlanAction>();
        var finished = seen.Pods.Where(p => p.IsTerminal() && !p.BeingDeleted).ToArray();
        foreach (var pod in finished.OrderBy(p => IsEvicted(p) ? 0 : 1).ThenBy(p => p.Meta.Created).ThenBy(p => p.Name, StringComparer.Ordinal).Take(Math.Max(0, finished.Length - seen.MostTerminated)))
            actions.Add(Delete(pod));
        foreach (var pod in seen.Pods)
        {
            var node = pod.NodeName();
            if (node.Length == 0 && pod.BeingDeleted) actions.Add(Delete(pod));
            if (node.Length > 0 && pod.BeingDeleted && seen.NodeOutOfService(node))
            {
                if (!pod.IsTerminal()) actions.Add(Fail(pod));
                actions.Add(Delete(pod));
                continue;
            }
            if (node.Length == 0 || !seen.NodeLongGone(node)) continue;
            if (!pod.IsTerminal()) actions.Add(DisruptionTarget.Mark(pod, "DeletionByPodGC", "PodGC: node no longer exists", seen.Now, "Failed"));
            actions.Add(Delete(pod));
        }
        return Plan.Of(actions).Recheck(Interval);
    }

    private static bool IsEvicted(Item<Pod> pod) => pod.Value.Status is { Phase: "Failed", Reason: "Evicted" };

    private static PlanAction.Patch Fail(Item<Pod> pod) => new(pod.Type.Ref, pod.Namespace, pod.Name, pod.Uid, null,
        new JsonMap { { "status", new JsonMap { { "phase", "Failed" } } } }, "status");

    private static PlanAction.Delete Delete(Item<Pod> pod) => new(pod.Type.Ref, pod.Namespace, pod.Name, pod.Uid, null, GracePeriodSeconds: 0);
}

public sealed class PodGarbageController(Caches caches, int mostTerminated = 12500) : Controller<PodGarbageSeen>
{
    // A node that is being made anew under the same name must not lose its pods.
    private static readonly TimeSpan Quarantine = TimeSpan.FromSeconds(40);

    private readonly Cache<Pod> pods = caches.Of<Pod>();
    private readonly Cache<Node> nodes = caches.Of<Node>();
    private readonly ConcurrentDictionary<string, DateTimeOffset> missing = new();

    public override string Name => "pod-garbage-collector";

    public override int Parallelism => 1;

    public override void Watch(Triggers triggers)
    {
        triggers.Reads(pods);
        triggers.Reads(nodes);
        triggers.Add(Key.Cluster("sweep"));
    }

    protected override PodGarbageSeen Observe(Turn turn) => new(pods.All(), node => LongGone(node, turn.Now), mostTerminated, turn.Now) { NodeOutOfService = OutOfService };

    protected override Plan For(PodGarbageSeen seen) => PodGarbagePlan.For(seen);

    private bool OutOfService(string node) => nodes.Get("", node) is { } known &&
        known.Value.Spec?.Taints?.Any(t => t.Key == "node.kubernetes.io/out-of-service") == true &&
        known.Value.Status?.Conditions?.Any(c => c is { Type: "Ready", Status: "True" }) != true;

    private bool LongGone(string node, DateTimeOffset now)
    {
        if (nodes.Get("", node) is null) return now - missing.GetOrAdd(node, now) >= Quarantine;
        missing.TryRemove(node, out _);
        return false;
    }
}
