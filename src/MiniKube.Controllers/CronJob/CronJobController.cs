using MiniKube.ControlLoop;

namespace MiniKube.Controllers;

public sealed class CronJobController : Controller<CronJobSeen>
{
    private readonly Cache<Kinds.Batch.CronJob> cronJobs;
    private readonly Cache<Kinds.Batch.Job> jobs;
    private readonly Index<Kinds.Batch.Job> owned;

    public CronJobController(Caches caches)
    {
        cronJobs = caches.Of<Kinds.Batch.CronJob>();
        jobs = caches.Of<Kinds.Batch.Job>();
        owned = jobs.ByController();
    }

    public override string Name => "cronjob-controller";

    public override void Watch(Triggers triggers)
    {
        triggers.OnSelf(cronJobs);
        triggers.OnOwned(jobs, "CronJob", "batch");
    }

    protected override CronJobSeen? Observe(Turn turn) => cronJobs.Get(turn.Key) is not { } cron
        ? null
        : new(cron, owned[cron.Uid], turn.Now, name => TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) ? zone : null)
        {
            JobExists = name => jobs.Get(cron.Namespace, name) is not null,
        };

    protected override Plan For(CronJobSeen seen) => CronJobPlan.For(seen);
}
