using MiniKube.ControlLoop;

namespace MiniKube.Controllers;

public sealed record TtlSeen(Item<Kinds.Batch.Job> Job, DateTimeOffset Now);

/// <summary>Finished Jobs go after the time they asked for.</summary>
public sealed class TtlAfterFinishedController(Caches caches) : Controller<TtlSeen>
{
    private readonly Cache<Kinds.Batch.Job> jobs = caches.Of<Kinds.Batch.Job>();

    public override string Name => "ttl-after-finished-controller";

    public override void Watch(Triggers triggers) => triggers.On(jobs, c => c.New?.Value.Spec?.TtlSecondsAfterFinished is not null ? [c.New.Key] : []);

    protected override TtlSeen? Observe(Turn turn) => jobs.Get(turn.Key) is { BeingDeleted: false } job ? new(job, turn.Now) : null;

    protected override Plan For(TtlSeen seen) => PlanFor(seen);

    public static Plan PlanFor(TtlSeen seen)
    {
        if (seen.Job.Value.Spec?.TtlSecondsAfterFinished is not { } ttl) return Plan.Nothing;
        var finished = seen.Job.Value.Status?.Conditions?.FirstOrDefault(c => c is { Type: "Complete" or "Failed", Status: "True" })?.LastTransitionTime;
        if (finished is not { } at) return Plan.Nothing;
        var left = at + TimeSpan.FromSeconds(ttl) - seen.Now;
        return left > TimeSpan.Zero
            ? Plan.Recheck(left)
            : Plan.Of(new PlanAction.Delete(seen.Job.Type.Ref, seen.Job.Namespace, seen.Job.Name, seen.Job.Uid, seen.Job.Meta.ResourceVersion, "Foreground"));
    }
}
