using MiniKube.ControlLoop;
using MiniKube.Kinds;
using MiniKube.Kinds.Batch;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

public sealed record CronJobSeen(
    Item<Kinds.Batch.CronJob> CronJob,
    IReadOnlyList<Item<Kinds.Batch.Job>> Jobs,
    DateTimeOffset Now,
    Func<string, TimeZoneInfo?> Zone)
{
    public Func<string, bool> JobExists { get; init; } = _ => false;
}

/// <summary>
/// Starts a Job at each time of the schedule, at most one per time: the name of a Job follows from its time, so that no second one can
/// exist, whatever clocks and restarts do.
/// </summary>
public static class CronJobPlan
{
    public const string ScheduledAt = "batch.kubernetes.io/cronjob-scheduled-timestamp";
    private const int TooManyMissed = 100;

    private static readonly ResourceRef Jobs = Resources.RefOf<Kinds.Batch.Job>();

    public static Plan For(CronJobSeen seen)
    {
        var cron = seen.CronJob;
        var spec = cron.Value.Spec ?? new();
        var actions = new List<PlanAction>();
        var status = Follow(seen, actions);
        actions.AddRange(History(seen, spec));
        if (cron.BeingDeleted || spec.Suspend == true) return Write(seen, status, actions, null);

        if (spec.TimeZone is { } zoneName && seen.Zone(zoneName) is null)
        {
            actions.Add(new PlanAction.Emit(cron.Ref, "Warning", "UnknownTimeZone", $"invalid timeZone: \"{zoneName}\": unknown time zone {zoneName}"));
            return Write(seen, status, actions, null);
        }
        var zone = spec.TimeZone is { } name ? seen.Zone(name)! : TimeZoneInfo.Utc;
        if (CronSchedule.Parse(spec.Schedule ?? "", out var fault) is not { } schedule)
        {
            actions.Add(new PlanAction.Emit(cron.Ref, "Warning", "UnparseableSchedule", $"unparseable schedule: \"{spec.Schedule}\" : {fault}"));
            return Write(seen, status, actions, null);
        }
        var next = schedule.Next(seen.Now, zone);
        var recheck = next is { } upcoming ? upcoming - seen.Now + TimeSpan.FromMilliseconds(100) : (TimeSpan?)null;
        if (Due(seen, spec, schedule, zone, actions) is not { } due) return Write(seen, status, actions, recheck);

        if (spec.StartingDeadlineSeconds is { } deadline && due + TimeSpan.FromSeconds(deadline) < seen.Now)
        {
            actions.Add(new PlanAction.Emit(cron.Ref, "Warning", "MissSchedule",
                $"Missed scheduled time to start a job: {due.UtcDateTime:ddd, dd MMM yyyy HH:mm:ss} +0000"));
            return Write(seen, status, actions, recheck);
        }
        var active = seen.Jobs.Where(j => !IsFinished(j) && !j.BeingDeleted && IsScheduled(j)).ToArray();
        if (spec.ConcurrencyPolicy == "Forbid" && active.Length > 0)
        {
            actions.Add(new PlanAction.Emit(cron.Ref, "Normal", "JobAlreadyActive",
                "Not starting job because prior execution is running and concurrency policy is Forbid"));
            return Write(seen, status, actions, recheck);
        }
        if (spec.ConcurrencyPolicy == "Replace" && active.Length > 0)
        {
            actions.AddRange(active.Select(j => Delete(seen, j)));
            status = status with { Active = null };
        }
        var job = Object(seen, due);
        var jobName = job.Map("metadata")!.Text("name")!;
        if (!seen.JobExists(jobName))
        {
            actions.Add(new PlanAction.Create(Jobs, cron.Namespace, job)
            {
                Announce = new(cron.Ref) { Done = ("SuccessfulCreate", "Created job {name}"), Failed = ("FailedCreate", "Error creating job: {error}") },
            });
        }
        return Write(seen, status with { LastScheduleTime = due }, actions, recheck, statusLast: true);
    }

    /// <summary>The latest time that was due and not served, or null.</summary>
    private static DateTimeOffset? Due(CronJobSeen seen, CronJobSpec spec, CronSchedule schedule, TimeZoneInfo zone, List<PlanAction> actions)
    {
        var from = seen.CronJob.Value.Status?.LastScheduleTime ?? seen.CronJob.Meta.Created;
        if (spec.StartingDeadlineSeconds is { } deadline && seen.Now - TimeSpan.FromSeconds(deadline) is var earliest && earliest > from) from = earliest;
        DateTimeOffset? due = null;
        var missed = 0;
        for (var at = schedule.Next(from, zone); at is { } time && time <= seen.Now; at = schedule.Next(time, zone))
        {
            due = time;
            if (++missed <= 100_000) continue;
            break;
        }
        if (missed > TooManyMissed)
        {
            actions.Add(new PlanAction.Emit(seen.CronJob.Ref, "Warning", "TooManyMissedTimes",
                "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew"));
        }
        return due;
    }

    /// <summary>Which Jobs are still at work, and which have just ended.</summary>
    private static CronJobStatus Follow(CronJobSeen seen, List<PlanAction> actions)
    {
        var status = seen.CronJob.Value.Status ?? new();
        var active = new List<ObjectReference>();
        var last = status.LastSuccessfulTime;
        foreach (var job in seen.Jobs.OrderBy(j => j.Meta.Created).ThenBy(j => j.Name, StringComparer.Ordinal))
        {
            var known = status.Active?.Any(a => a.Uid == job.Uid) == true;
            if (!IsFinished(job) && !known && !IsScheduled(job))
            {
                actions.Add(new PlanAction.Emit(seen.CronJob.Ref, "Warning", "UnexpectedJob", $"Saw a job that the controller did not create or forgot: {job.Name}"));
                continue;
            }
            // What is on its way out and was let go of already is not taken up again.
            if (!IsFinished(job) && job.BeingDeleted && !known) continue;
            if (!IsFinished(job))
            {
                active.Add(new()
                {
                    ApiVersion = "batch/v1", Kind = "Job", Name = job.Name, Namespace = job.Namespace, Uid = job.Uid, ResourceVersion = job.Meta.ResourceVersion,
                });
                continue;
            }
            var complete = job.Value.Status?.Conditions?.Any(c => c is { Type: "Complete", Status: "True" }) == true;
            if (known)
            {
                actions.Add(new PlanAction.Emit(seen.CronJob.Ref, "Normal", "SawCompletedJob",
                    $"Saw completed job: {job.Name}, condition: {(complete ? "Complete" : "Failed")}"));
            }
            if (complete && job.Value.Status?.CompletionTime is { } ended && (last is null || ended > last)) last = ended;
        }
        foreach (var gone in (status.Active ?? []).Where(a => !seen.Jobs.Any(j => j.Uid == a.Uid)))
            actions.Add(new PlanAction.Emit(seen.CronJob.Ref, "Normal", "MissingJob", $"Active job went missing: {gone.Name}"));
        // A version in the reference would make every change of a Job a change of its CronJob.
        return status with { Active = active.Count == 0 ? null : [.. active.Select(a => Kept(status, a))], LastSuccessfulTime = last };
    }

    private static ObjectReference Kept(CronJobStatus status, ObjectReference reference) =>
        status.Active?.FirstOrDefault(a => a.Uid == reference.Uid) ?? reference;

    private static IEnumerable<PlanAction> History(CronJobSeen seen, CronJobSpec spec)
    {
        var finished = seen.Jobs.Where(j => IsFinished(j) && !j.BeingDeleted).OrderBy(j => j.Value.Status?.StartTime ?? j.Meta.Created).ToArray();
        var good = finished.Where(j => j.Value.Status?.Conditions?.Any(c => c is { Type: "Complete", Status: "True" }) == true).ToArray();
        var bad = finished.Except(good).ToArray();
        return Beyond(good, spec.SuccessfulJobsHistoryLimit).Concat(Beyond(bad, spec.FailedJobsHistoryLimit)).Select(j => Delete(seen, j));

        static IEnumerable<Item<Kinds.Batch.Job>> Beyond(Item<Kinds.Batch.Job>[] jobs, int? limit) =>
            limit is { } most ? jobs.Take(Math.Max(0, jobs.Length - most)) : [];
    }

    private static PlanAction.Delete Delete(CronJobSeen seen, Item<Kinds.Batch.Job> job) => new(Jobs, job.Namespace, job.Name, job.Uid, null, "Background")
    {
        Announce = new(seen.CronJob.Ref) { Done = ("SuccessfulDelete", "Deleted job {name}"), Failed = ("FailedDelete", "Deleted job: {error}") },
    };

    private static JsonMap Object(CronJobSeen seen, DateTimeOffset due)
    {
        var template = seen.CronJob.Tree().Map("spec")?.Map("jobTemplate") ?? [];
        var metadata = new JsonMap { { "name", $"{seen.CronJob.Name}-{due.ToUnixTimeSeconds() / 60}" }, { "namespace", seen.CronJob.Namespace } };
        if (template.Map("metadata")?.Map("labels") is { } labels) metadata.Add("labels", labels.Clone());
        var annotations = (template.Map("metadata")?.Map("annotations") ?? []).CloneMap();
        var zone = seen.CronJob.Value.Spec?.TimeZone is { } name ? seen.Zone(name) : null;
        annotations.Set(ScheduledAt, zone is null || zone.GetUtcOffset(due) == TimeSpan.Zero
            ? KubeTime.Seconds(due)
            : TimeZoneInfo.ConvertTime(due, zone).ToString("yyyy-MM-dd'T'HH:mm:sszzz"));
        metadata.Add("annotations", annotations);
        metadata.Add("ownerReferences", JsonList.Of(Ownership.Reference(seen.CronJob)));
        return new()
        {
            { "apiVersion", "batch/v1" }, { "kind", "Job" }, { "metadata", metadata }, { "spec", template.Map("spec")?.Clone() ?? new JsonMap() },
        };
    }

    /// <summary>Started for a time of the schedule; who starts one by hand answers for it.</summary>
    private static bool IsScheduled(Item<Kinds.Batch.Job> job) => job.Meta.Annotation(ScheduledAt) is not null;

    private static bool IsFinished(Item<Kinds.Batch.Job> job) =>
        job.Value.Status?.Conditions?.Any(c => c is { Type: "Complete" or "Failed", Status: "True" }) == true;

    private static Plan Write(CronJobSeen seen, CronJobStatus status, List<PlanAction> actions, TimeSpan? recheck, bool statusLast = false)
    {
        var write = StatusChange.To(seen.CronJob, status);
        return (statusLast ? Plan.Of([.. actions, .. write]) : Plan.Of([.. write, .. actions])).Recheck(recheck);
    }
}
