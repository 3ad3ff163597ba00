using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;

namespace MiniKube.Controllers;

/// <summary>
/// Who succeeded and who failed, each pod counted exactly once over all restarts: a finished pod's uid goes into the status first, then
/// its finalizer away, and only when it is away does the uid become a number.
/// </summary>
public sealed class JobTally
{
    private readonly int kept;

    public JobTally(JobSeen seen, IReadOnlyList<Item<Pod>> pods)
    {
        var waiting = seen.Status.UncountedTerminatedPods;
        var byUid = pods.ToDictionary(p => p.Uid);
        bool Tracked(string uid) => byUid.TryGetValue(uid, out var pod) && pod.IsTracked();

        var failedBefore = waiting?.Failed ?? [];
        var succeededBefore = waiting?.Succeeded ?? [];
        var fresh = pods.Where(p => p.IsTracked() && !failedBefore.Contains(p.Uid) && !succeededBefore.Contains(p.Uid)).ToArray();
        var freshFailed = fresh.Where(p => p.HasFailed(seen)).ToArray();
        Ignored = [.. freshFailed.Where(p => FailurePolicy.Of(seen, p).Action == "Ignore")];

        Failed = (seen.Status.Failed ?? 0) + failedBefore.Count(u => !Tracked(u));

        if (seen.Indexed)
        {
            // An index is done when any of its pods succeeded; the text form in the status is the count.
            var done = pods.Where(p => p.Phase() == "Succeeded" && p.IndexOf() is { } i && i < (seen.Completions ?? 0)).Select(p => p.IndexOf()!.Value);
            Completed = IndexSet.Parse(seen.Status.CompletedIndexes, seen.Completions).With(done);
            UncountedSucceeded = [];
            Succeeded = Completed.Count;
            if (seen.PerIndex) FailedIndexes = IndexSet.Parse(seen.Status.FailedIndexes, seen.Completions).With(LostIndexes(seen, pods));
        }
        else
        {
            UncountedSucceeded = [.. succeededBefore.Where(Tracked), .. fresh.Where(p => p.Phase() == "Succeeded").Select(p => p.Uid)];
            Succeeded = (seen.Status.Succeeded ?? 0) + succeededBefore.Count(u => !Tracked(u));
        }
        // Those kept tracked for their index's sake aren't told of yet, but they have failed.
        var telling = freshFailed.Except(Ignored).ToLookup(p => Releasable(seen, p), p => p.Uid);
        UncountedFailed = [.. failedBefore.Where(Tracked), .. telling[true]];
        kept = telling[false].Count();
        Released = [.. pods.Where(p => p.IsTracked() && (p.IsTerminal() || p.HasFailed(seen)) && Releasable(seen, p))];
    }

    public int Succeeded { get; }
    public int Failed { get; }
    public IReadOnlyList<string> UncountedSucceeded { get; }
    public IReadOnlyList<string> UncountedFailed { get; }
    public IndexSet? Completed { get; }
    public IndexSet? FailedIndexes { get; }

    /// <summary>Failed, but by the policy not the Job's failure.</summary>
    public IReadOnlyList<Item<Pod>> Ignored { get; }

    /// <summary>Pods whose finalizer may go once the status with their uid is written.</summary>
    public IReadOnlyList<Item<Pod>> Released { get; }

    public int AllSucceeded => Succeeded + UncountedSucceeded.Count;
    public int AllFailed => Failed + UncountedFailed.Count + kept;

    // With a limit per index the last failed pod of an index is kept tracked until its successor has taken over the count of failures.
    private bool Releasable(JobSeen seen, Item<Pod> pod) =>
        !seen.PerIndex || pod.Phase() == "Succeeded" || pod.IndexOf() is not { } index || FailedIndexes!.Contains(index) || Completed!.Contains(index) ||
        seen.Condition("FailureTarget") is not null || seen.Condition("SuccessCriteriaMet") is not null || seen.Owned.Any(p => p.IndexOf() == index && p.EndsOfIndex() > pod.EndsOfIndex());

    private static IEnumerable<int> LostIndexes(JobSeen seen, IReadOnlyList<Item<Pod>> pods)
    {
        foreach (var pod in pods)
        {
            if (!pod.HasFailed(seen) || pod.IndexOf() is not { } index) continue;
            var action = FailurePolicy.Of(seen, pod).Action;
            if (action == "FailIndex" || action != "Ignore" && pod.FailuresOfIndex() >= seen.Spec.BackoffLimitPerIndex) yield return index;
        }
    }
}
