using MiniKube.ControlLoop;
using MiniKube.Kinds;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

public sealed record StaleDisruptionSeen(Item<Pod> Pod, DateTimeOffset Now);

/// <summary>A pod that was to be ended and still runs after two minutes is told that it stays.</summary>
public sealed class StaleDisruptionController(Caches caches) : Controller<StaleDisruptionSeen>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Cache<Pod> pods = caches.Of<Pod>();

    public override string Name => "stale-pod-disruption";

    public override string Account => "disruption-controller";

    public override void Watch(Triggers triggers) => triggers.On(pods, c => c.New is { } pod && Since(pod) is not null ? [pod.Key] : []);

    protected override StaleDisruptionSeen? Observe(Turn turn) => pods.Get(turn.Key) is { } pod ? new(pod, turn.Now) : null;

    protected override Plan For(StaleDisruptionSeen seen)
    {
        if (Since(seen.Pod) is not { } since) return Plan.Nothing;
        if (since + Patience > seen.Now) return Plan.Recheck(since + Patience - seen.Now);
        var conditions = seen.Pod.Value.Status!.Conditions!.Select(c => c.Type != "DisruptionTarget" ? c : new PodCondition
        {
            Type = c.Type, Status = "False", LastTransitionTime = seen.Now, ObservedGeneration = c.ObservedGeneration,
        });
        return Plan.Of(new PlanAction.Patch(seen.Pod.Type.Ref, seen.Pod.Namespace, seen.Pod.Name, seen.Pod.Uid, seen.Pod.Meta.ResourceVersion,
            new JsonMap { { "status", new JsonMap { { "conditions", new JsonList(conditions.Select(KubeJson.ToTree)) } } } }, "status"));
    }

    /// <summary>Its node ends a pod in its own time.</summary>
    private static DateTimeOffset? Since(Item<Pod> pod) => pod.BeingDeleted || pod.IsTerminal() ||
        pod.Condition("DisruptionTarget") is not { Status: "True", Reason: not "TerminationByKubelet" } condition ? null : condition.LastTransitionTime;
}
