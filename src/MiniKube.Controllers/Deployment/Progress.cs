using MiniKube.Kinds.Apps;

namespace MiniKube.Controllers;

/// <summary>The Progressing condition: moving, done, or stuck for longer than the deadline allows.</summary>
public static class Progress
{
    private const string Type = "Progressing";
    private const string Done = "NewReplicaSetAvailable";
    private const string TimedOut = "ProgressDeadlineExceeded";

    public static bool IsComplete(DeploymentSeen seen, DeploymentStatus status) =>
        (status.UpdatedReplicas ?? 0) == seen.Replicas && (status.Replicas ?? 0) == seen.Replicas &&
        (status.AvailableReplicas ?? 0) == seen.Replicas && status.ObservedGeneration >= seen.Deployment.Meta.Generation;

    public static DeploymentStatus Of(DeploymentSeen seen, ReplicaSets sets, DeploymentStatus status)
    {
        if (seen.ProgressDeadline is null) return Failure(sets, status.Without(Type), seen.Now);
        var current = status.Conditions?.FirstOrDefault(c => c.Type == Type);
        var wasComplete = (status.Replicas ?? 0) == (status.UpdatedReplicas ?? 0) && current?.Reason == Done;
        if (!wasComplete)
        {
            var what = sets.New is { } set ? $"ReplicaSet \"{set.Name}\"" : $"Deployment \"{seen.Deployment.Name}\"";
            if (IsComplete(seen, status)) status = status.With(seen.Now, Type, "True", Done, $"{what} has successfully progressed.");
            else if (Moved(seen.Status, status)) status = Moving(status, current, seen.Now, $"{what} is progressing.");
            else if (IsStuck(seen, current)) status = status.With(seen.Now, Type, "False", TimedOut, $"{what} has timed out progressing.");
        }
        return Failure(sets, status, seen.Now);
    }

    /// <summary>When to look again whether it is stuck.</summary>
    public static TimeSpan? Recheck(DeploymentSeen seen, DeploymentStatus status)
    {
        if (seen.ProgressDeadline is not { } deadline || IsComplete(seen, status)) return null;
        var current = status.Conditions?.FirstOrDefault(c => c.Type == Type);
        if (current is null or { Reason: Done or TimedOut }) return null;
        var left = (current.LastUpdateTime ?? seen.Now) + TimeSpan.FromSeconds(deadline) - seen.Now;
        return (left > TimeSpan.Zero ? left : TimeSpan.Zero) + TimeSpan.FromSeconds(1);
    }

    /// <summary>A paused Deployment makes no progress and is not stuck either. Null when the condition already says so.</summary>
    public static DeploymentStatus? Pausing(DeploymentSeen seen)
    {
        if (seen.ProgressDeadline is null) return null;
        var current = seen.Condition(Type);
        if (current?.Reason == TimedOut) return null;
        var paused = current?.Reason == "DeploymentPaused";
        if (seen.Spec.Paused == true && !paused)
            return seen.Status.With(seen.Now, Type, "Unknown", "DeploymentPaused", "Deployment is paused");
        if (seen.Spec.Paused != true && paused)
            return seen.Status.With(seen.Now, Type, "Unknown", "DeploymentResumed", "Deployment is resumed");
        return null;
    }

    private static bool Moved(DeploymentStatus before, DeploymentStatus now) =>
        (now.UpdatedReplicas ?? 0) > (before.UpdatedReplicas ?? 0) ||
        (now.Replicas ?? 0) - (now.UpdatedReplicas ?? 0) < (before.Replicas ?? 0) - (before.UpdatedReplicas ?? 0) ||
        (now.ReadyReplicas ?? 0) > (before.ReadyReplicas ?? 0) ||
        (now.AvailableReplicas ?? 0) > (before.AvailableReplicas ?? 0);

    // Every movement renews lastUpdateTime, from which the deadline counts.
    private static DeploymentStatus Moving(DeploymentStatus status, DeploymentCondition? current, DateTimeOffset now, string message) =>
        status.Without(Type).Append(new()
        {
            Type = Type,
            Status = "True",
            Reason = "ReplicaSetUpdated",
            Message = message,
            LastUpdateTime = now,
            LastTransitionTime = current is { Status: "True" } ? current.LastTransitionTime : now,
        });

    private static bool IsStuck(DeploymentSeen seen, DeploymentCondition? current)
    {
        if (current is null or { Reason: Done }) return false;
        if (current.Reason == TimedOut) return true;
        return (current.LastUpdateTime ?? seen.Now) + TimeSpan.FromSeconds(seen.ProgressDeadline!.Value) < seen.Now;
    }

    private static DeploymentStatus Failure(ReplicaSets sets, DeploymentStatus status, DateTimeOffset now)
    {
        var failure = (sets.New is { } set ? sets.Old.Prepend(set) : sets.Old)
            .SelectMany(s => s.Value.Status?.Conditions ?? []).FirstOrDefault(c => c.Type == "ReplicaFailure");
        return failure is null
            ? status.Without("ReplicaFailure")
            : status.With(now, "ReplicaFailure", failure.Status ?? "True", failure.Reason ?? "", failure.Message ?? "");
    }
}
