using MiniKube.ControlLoop;
using MiniKube.Kinds.Batch;
using MiniKube.Kinds.Core;

namespace MiniKube.Controllers;

/// <summary>From what ran to what must still run, until the Job is decided and everything of it is over.</summary>
public static class JobPlan
{
    private const int MostAtOnce = 500;
    private static readonly BackOff PodBackOff = new(TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(10));

    public static Plan For(JobSeen seen)
    {
        if (seen.Spec.ManagedBy is not (null or "kubernetes.io/job-controller")) return Plan.Nothing;
        // What is over keeps no pod from going.
        if (seen.IsFinished || seen.Job.BeingDeleted) return Release(seen.Owned.Where(p => p.IsTracked()));
        var claims = Ownership.Claim(seen.Job, seen.Selector, seen.Owned, seen.Orphans);
        if (claims.Count > 0) return Plan.Of(new PlanAction.Together(claims));

        var pods = seen.Owned;
        var tally = new JobTally(seen, pods);
        var verdict = JobVerdict.Of(seen, tally, pods);
        var active = pods.Where(p => p.IsActive()).ToArray();

        var (work, recheck) = verdict is not null || seen.Suspended
            ? ([.. active.Select(p => JobPods.Delete(seen, p))], null)
            : JobWork.For(seen, tally, pods, active, PodBackOff);
        var started = seen.Status.StartTime ?? (seen.Suspended ? null : seen.Now);
        var status = Conditions(seen, verdict, Counts(seen, tally, pods, active, work, started));
        var over = verdict is not null && active.Length == 0 && !pods.Any(p => p.IsTerminating()) &&
            tally.UncountedFailed.Count + tally.UncountedSucceeded.Count == 0 && tally.Released.Count == 0;
        if (over) status = Finish(seen, verdict!, status);

        var deadline = JobVerdict.Deadline(seen) is { } due && verdict is null ? due - seen.Now : (TimeSpan?)null;
        if (seen.Spec.ActiveDeadlineSeconds is { } seconds && seen.Status.StartTime is null && !seen.Suspended) deadline = TimeSpan.FromSeconds(seconds);
        return Plan.Of([
            .. StatusChange.To(seen.Job, status),
            .. Together(tally.Released.Select(JobPods.Untrack)),
            .. Together(work.Where(a => a is PlanAction.Delete)),
            .. SlowStart(work.Where(a => a is PlanAction.Create)),
            .. over ? [Announce(seen, verdict!)] : Array.Empty<PlanAction>(),
            .. Suspension(seen, verdict),
        ]).Recheck(recheck).Recheck(deadline > TimeSpan.Zero ? deadline : null);
    }

    private static Plan Release(IEnumerable<Item<Pod>> pods) => Plan.Of(Together(pods.Select(JobPods.Untrack)));

    private static IEnumerable<PlanAction> Together(IEnumerable<PlanAction> actions)
    {
        var all = actions.Take(MostAtOnce).ToArray();
        return all.Length == 0 ? [] : [new PlanAction.Together(all)];
    }

    private static IEnumerable<PlanAction> SlowStart(IEnumerable<PlanAction> actions)
    {
        var all = actions.Take(MostAtOnce).ToArray();
        return all.Length == 0 ? [] : [new PlanAction.Together(all, SlowStart: true)];
    }

    private static JobStatus Counts(JobSeen seen, JobTally tally, IReadOnlyList<Item<Pod>> pods, Item<Pod>[] active, IReadOnlyList<PlanAction> work,
        DateTimeOffset? started)
    {
        // What is about to be made or removed counts already: the next look finds it so.
        var running = active.Length + work.Count(a => a is PlanAction.Create) - work.Count(a => a is PlanAction.Delete);
        return seen.Status with
        {
            Active = Math.Max(0, running).OrNull(),
            Ready = active.Count(p => p.IsReady()),
            Terminating = pods.Count(p => p.IsTerminating()),
            Succeeded = tally.Succeeded.OrNull(),
            Failed = tally.Failed.OrNull(),
            StartTime = seen.Suspended ? null : started,
            CompletedIndexes = tally.Completed is { Count: > 0 } completed ? completed.ToString() : null,
            FailedIndexes = tally.FailedIndexes?.ToString(),
            UncountedTerminatedPods = new()
            {
                Failed = tally.UncountedFailed.Count > 0 ? tally.UncountedFailed : null,
                Succeeded = tally.UncountedSucceeded.Count > 0 ? tally.UncountedSucceeded : null,
            },
        };
    }

    private static JobStatus Conditions(JobSeen seen, JobVerdict? verdict, JobStatus status)
    {
        if (verdict is not null)
            status = With(status, seen.Now, verdict.Success ? "SuccessCriteriaMet" : "FailureTarget", "True", verdict.Reason, verdict.Message);
        if (seen.Suspended && verdict is null) return With(status, seen.Now, "Suspended", "True", "JobSuspended", "Job suspended");
        return seen.Condition("Suspended") is not null ? With(status, seen.Now, "Suspended", "False", "JobResumed", "Job resumed") : status;
    }

    private static JobStatus Finish(JobSeen seen, JobVerdict verdict, JobStatus status)
    {
        status = With(status, seen.Now, verdict.Success ? "Complete" : "Failed", "True", verdict.Reason, verdict.Message);
        return verdict.Success ? status with { CompletionTime = seen.Now } : status;
    }

    private static JobStatus With(JobStatus status, DateTimeOffset now, string type, string value, string reason, string message)
    {
        var conditions = (status.Conditions ?? []).ToList();
        var at = conditions.FindIndex(c => c.Type == type);
        if (at >= 0 && conditions[at].Status == value) return status;
        var made = new JobCondition { Type = type, Status = value, Reason = reason, Message = message, LastProbeTime = now, LastTransitionTime = now };
        if (at >= 0) conditions[at] = made;
        else conditions.Add(made);
        return status with { Conditions = conditions };
    }

    private static PlanAction.Emit Announce(JobSeen seen, JobVerdict verdict) => verdict.Success
        ? new(seen.Job.Ref, "Normal", "Completed", "Job completed")
        : new(seen.Job.Ref, "Warning", verdict.Reason, verdict.Message);

    private static IEnumerable<PlanAction> Suspension(JobSeen seen, JobVerdict? verdict)
    {
        if (verdict is not null) yield break;
        var was = seen.Condition("Suspended") is not null;
        if (seen.Suspended && !was) yield return new PlanAction.Emit(seen.Job.Ref, "Normal", "Suspended", "Job suspended");
        if (!seen.Suspended && was) yield return new PlanAction.Emit(seen.Job.Ref, "Normal", "Resumed", "Job resumed");
    }
}
