using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;

namespace MiniKube.Controllers;

/// <summary>Pods that still carry the Job finalizer after their Job is gone: nobody else would ever take it away.</summary>
public sealed class OrphanedJobPods(Caches caches) : Controller<Item<Pod>>
{
    private readonly Cache<Pod> pods = caches.Of<Pod>();
    private readonly Cache<Kinds.Batch.Job> jobs = caches.Of<Kinds.Batch.Job>();

    public override string Name => "job-controller";

    public override void Watch(Triggers triggers)
    {
        triggers.On(pods, c => c.New is { } pod && pod.IsTracked() && pod.BeingDeleted ? [pod.Key] : []);
        var owned = pods.ByController();
        triggers.On(jobs, c => c.New is null ? owned[c.Latest.Uid].Select(p => p.Key) : []);
    }

    protected override Item<Pod>? Observe(Turn turn) =>
        pods.Get(turn.Key) is { } pod && pod.IsTracked() &&
        (pod.Meta.Controller is not { Kind: "Job" } owner || jobs.Get(pod.Namespace, owner.Name)?.Uid != owner.Uid) ? pod : null;

    protected override Plan For(Item<Pod> seen) => Plan.Of(JobPods.Untrack(seen));
}
