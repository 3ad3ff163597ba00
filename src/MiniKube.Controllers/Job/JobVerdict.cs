using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;

namespace MiniKube.Controllers;

/// <summary>Whether a Job is decided: its success or failure, with the reason that its conditions give.</summary>
public sealed record JobVerdict(bool Success, string Reason, string Message)
{
    public static JobVerdict? Of(JobSeen seen, JobTally tally, IReadOnlyList<Item<Pod>> pods)
    {
        if (seen.Condition("FailureTarget") is { } failing) return new(false, failing.Reason ?? "", failing.Message ?? "");
        if (seen.Condition("SuccessCriteriaMet") is { } succeeding) return new(true, succeeding.Reason ?? "", succeeding.Message ?? "");
        return Failure(seen, tally, pods) ?? Success_(seen, tally, pods);
    }

    private static JobVerdict? Failure(JobSeen seen, JobTally tally, IReadOnlyList<Item<Pod>> pods)
    {
        foreach (var pod in pods)
            if (pod.HasFailed(seen) && FailurePolicy.Of(seen, pod) is ("FailJob", { } message)) return new(false, "PodFailurePolicy", message);
        if (tally.AllFailed > (seen.Spec.BackoffLimit ?? 6) || PastLimitByRestarts(seen, pods))
            return new(false, "BackoffLimitExceeded", "Job has reached the specified backoff limit");
        if (!seen.Suspended && Deadline(seen) <= seen.Now)
            return new(false, "DeadlineExceeded", "Job was active longer than specified deadline");
        if (tally.FailedIndexes is not { } failed) return null;
        if (seen.Spec.MaxFailedIndexes is { } most && failed.Count > most)
            return new(false, "MaxFailedIndexesExceeded", "Job has exceeded the specified maximal number of failed indexes");
        if (failed.Count > 0 && failed.Count + tally.Completed!.Count >= seen.Completions)
            return new(false, "FailedIndexes", "Job has failed indexes");
        return null;
    }

    private static JobVerdict? Success_(JobSeen seen, JobTally tally, IReadOnlyList<Item<Pod>> pods)
    {
        if (tally.Completed is { } completed)
        {
            var rules = seen.Spec.SuccessPolicy?.Rules ?? [];
            for (var i = 0; i < rules.Count; i++)
            {
                var counting = rules[i].SucceededIndexes is { } text ? IndexSet.Parse(text, seen.Completions).All.Count(completed.Contains) : completed.Count;
                var needed = rules[i].SucceededCount ?? IndexSet.Parse(rules[i].SucceededIndexes, seen.Completions).Count;
                if (counting >= needed && needed > 0) return new(true, "SuccessPolicy", $"Matched rules at index {i}");
            }
        }
        // Without a number of completions one success is enough, once nobody works any more.
        var done = seen.Completions is { } wanted
            ? tally.AllSucceeded >= wanted
            : tally.AllSucceeded > 0 && !pods.Any(p => p.IsActive());
        return done && !seen.Suspended ? new(true, "CompletionsReached", "Reached expected number of succeeded pods") : null;
    }

    public static DateTimeOffset? Deadline(JobSeen seen) =>
        seen.Spec.ActiveDeadlineSeconds is { } seconds && seen.Status.StartTime is { } started ? started + TimeSpan.FromSeconds(seconds) : null;

    private static bool PastLimitByRestarts(JobSeen seen, IReadOnlyList<Item<Pod>> pods)
    {
        if (seen.Spec.Template?.Spec?.RestartPolicy != "OnFailure") return false;
        var limit = seen.Spec.BackoffLimit ?? 6;
        var restarts = pods.Where(p => p.Phase() is "Running" or "Pending").Sum(p => p.Restarts());
        return limit == 0 ? restarts > 0 : restarts >= limit;
    }
}
