using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;

namespace MiniKube.Controllers;

public sealed class JobController : Controller<JobSeen>
{
    private readonly Cache<Kinds.Batch.Job> jobs;
    private readonly Cache<Pod> pods;
    private readonly Index<Kinds.Batch.Job> selectors;
    private readonly Index<Pod> owned;
    private readonly Index<Pod> orphans;

    public JobController(Caches caches)
    {
        jobs = caches.Of<Kinds.Batch.Job>();
        pods = caches.Of<Pod>();
        selectors = jobs.BySelector(SelectorOf);
        owned = pods.ByController();
        orphans = pods.OrphansByLabel();
    }

    public override string Name => "job-controller";

    public override void Watch(Triggers triggers)
    {
        triggers.OnSelf(jobs);
        triggers.OnOwned(pods, "Job", "batch");
        triggers.On(pods, c => c.New is { Meta.Controller: null, BeingDeleted: false } orphan
            ? selectors.Selecting(orphan.Meta, SelectorOf).Select(s => s.Key)
            : []);
    }

    protected override JobSeen? Observe(Turn turn) => jobs.Get(turn.Key) is { } job
        ? new(job, owned[job.Uid], orphans.Selected(job.Namespace, SelectorOf(job)), turn.Now)
        : null;

    protected override Plan For(JobSeen seen) => JobPlan.For(seen);

    private static Selector SelectorOf(Item<Kinds.Batch.Job> job) => job.Value.Spec?.Selector.Parsed() ?? Selector.Nothing;
}
