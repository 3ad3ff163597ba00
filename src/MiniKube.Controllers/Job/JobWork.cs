using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;

namespace MiniKube.Controllers;

/// <summary>Which pods to start and to stop while the Job is undecided.</summary>
public static class JobWork
{
    public static (IReadOnlyList<PlanAction> Actions, TimeSpan? Recheck) For(JobSeen seen, JobTally tally, IReadOnlyList<Item<Pod>> pods,
        Item<Pod>[] active, BackOff backOff)
    {
        // Pods on their way out hold their place when the policy says to wait for the end.
        var waitForEnd = seen.Spec.PodReplacementPolicy == "Failed" || seen.Spec.PodFailurePolicy is not null;
        var ending = waitForEnd ? pods.Count(p => p.IsTerminating()) : 0;
        var wanted = Wanted(seen, tally, active);
        if (active.Length > wanted) return ([.. Surplus(seen, tally, active, active.Length - wanted).Select(p => JobPods.Delete(seen, p))], null);
        var missing = Math.Min(wanted - active.Length - ending, seen.Parallelism);
        if (missing <= 0) return (Duplicates(seen, active), null);
        return seen.Indexed ? Indexed(seen, tally, pods, active, missing, backOff, waitForEnd) : Plain(seen, pods, missing, backOff);
    }

    private static int Wanted(JobSeen seen, JobTally tally, Item<Pod>[] active)
    {
        if (seen.Completions is not { } completions)
            // A work queue: once one succeeded the others finish what they have, and no new ones start.
            return tally.AllSucceeded > 0 ? active.Length : seen.Parallelism;
        var left = completions - tally.AllSucceeded - (tally.FailedIndexes?.Count ?? 0);
        return Math.Max(0, Math.Min(seen.Parallelism, left));
    }

    private static IEnumerable<Item<Pod>> Surplus(JobSeen seen, JobTally tally, Item<Pod>[] active, int count)
    {
        if (!seen.Indexed) return PodRanking.ToDelete(active, count, active, seen.Now);
        var useless = active.Where(p => p.IndexOf() is not { } i || i >= seen.Completions || tally.Completed!.Contains(i));
        return useless.Concat(active.OrderByDescending(p => p.IndexOf())).Distinct().Take(count);
    }

    /// <summary>Of several pods of an index one is enough.</summary>
    private static PlanAction[] Duplicates(JobSeen seen, Item<Pod>[] active) => !seen.Indexed ? [] :
        [.. active.GroupBy(p => p.IndexOf()).SelectMany(g => g.OrderBy(p => p.Meta.Created).ThenBy(p => p.Name, StringComparer.Ordinal).Skip(1))
            .Select(p => JobPods.Delete(seen, p))];

    private static (IReadOnlyList<PlanAction>, TimeSpan?) Plain(JobSeen seen, IReadOnlyList<Item<Pod>> pods, int missing, BackOff backOff)
    {
        var failures = FailuresInARow(seen, pods);
        if (Wait(seen, failures.Count, failures.Last, backOff) is { } wait) return ([], wait);
        return ([.. Enumerable.Range(0, missing).Select(_ => JobPods.Create(seen, null, 0))], null);
    }

    private static (IReadOnlyList<PlanAction>, TimeSpan?) Indexed(JobSeen seen, JobTally tally, IReadOnlyList<Item<Pod>> pods, Item<Pod>[] active,
        int missing, BackOff backOff, bool waitForEnd)
    {
        var taken = active.Concat(waitForEnd ? pods.Where(p => p.IsTerminating()) : []).Select(p => p.IndexOf()).ToHashSet();
        var free = Enumerable.Range(0, seen.Completions ?? 0)
            .Where(i => !taken.Contains(i) && !tally.Completed!.Contains(i) && tally.FailedIndexes?.Contains(i) != true);
        var actions = new List<PlanAction>();
        TimeSpan? recheck = null;
        var global = FailuresInARow(seen, pods);
        foreach (var index in free)
        {
            if (actions.Count == missing) break;
            var failed = pods.Where(p => p.IndexOf() == index && p.HasFailed(seen)).ToArray();
            var last = seen.PerIndex ? failed.MaxBy(p => p.EndsOfIndex()) : null;
            var overlooked = last is not null && FailurePolicy.Of(seen, last).Action == "Ignore";
            var (count, ignored) = last is null ? (0, 0) : (last.FailuresOfIndex() + (overlooked ? 0 : 1), last.FailuresOfIndex(JobPods.IndexIgnored) + (overlooked ? 1 : 0));
            var wait = seen.PerIndex
                ? Wait(seen, count + ignored, failed.Max(p => p.FinishedAt()), backOff)
                : Wait(seen, global.Count, global.Last, backOff);
            if (wait is { } w)
            {
                recheck = recheck < w ? recheck : w;
                continue;
            }
            actions.Add(JobPods.Create(seen, index, count, ignored));
        }
        return (actions, recheck);
    }

    /// <summary>Failures since the last success: what the back-off of new pods grows with.</summary>
    private static (int Count, DateTimeOffset? Last) FailuresInARow(JobSeen seen, IReadOnlyList<Item<Pod>> pods)
    {
        var success = pods.Where(p => p.Phase() == "Succeeded").Max(p => p.FinishedAt()) ?? DateTimeOffset.MinValue;
        var failed = pods.Where(p => p.HasFailed(seen) && p.FinishedAt() > success).Select(p => p.FinishedAt()).ToArray();
        return (failed.Length, failed.Max());
    }

    private static TimeSpan? Wait(JobSeen seen, int failures, DateTimeOffset? last, BackOff backOff)
    {
        if (failures == 0 || last is not { } since) return null;
        var left = since + backOff.After(failures) - seen.Now;
        return left > TimeSpan.Zero ? left : null;
    }
}
