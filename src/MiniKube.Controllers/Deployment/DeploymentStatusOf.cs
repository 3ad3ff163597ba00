using MiniKube.Kinds.Apps;

namespace MiniKube.Controllers;

/// <summary>The counts of a Deployment and the condition that follows from them.</summary>
public static class DeploymentStatusOf
{
    public static DeploymentStatus Counts(DeploymentSeen seen, ReplicaSets sets)
    {
        var available = sets.All.Sum(s => s.Available());
        var status = seen.Status with
        {
            ObservedGeneration = seen.Deployment.Meta.Generation,
            Replicas = sets.All.Sum(s => s.Actual()).OrNull(),
            UpdatedReplicas = (sets.New?.Actual() ?? 0).OrNull(),
            ReadyReplicas = sets.All.Sum(s => s.Ready()).OrNull(),
            AvailableReplicas = available.OrNull(),
            UnavailableReplicas = Math.Max(0, sets.All.Sum(s => s.Wanted()) - available).OrNull(),
            TerminatingReplicas = sets.All.All(s => s.Value.Status?.TerminatingReplicas is not null)
                ? sets.All.Sum(s => s.Value.Status!.TerminatingReplicas)
                : null,
        };
        return available >= seen.Replicas - seen.MaxUnavailable
            ? status.With(seen.Now, "Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
            : status.With(seen.Now, "Available", "False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.");
    }

    /// <summary>Sets a condition. One with the same status and reason stays as it is, message included.</summary>
    public static DeploymentStatus With(this DeploymentStatus status, DateTimeOffset now, string type, string value, string reason, string message)
    {
        var current = status.Conditions?.FirstOrDefault(c => c.Type == type);
        if (current is not null && current.Status == value && current.Reason == reason) return status;
        return status.Without(type).Append(new()
        {
            Type = type,
            Status = value,
            Reason = reason,
            Message = message,
            LastUpdateTime = now,
            LastTransitionTime = current?.Status == value ? current.LastTransitionTime : now,
        });
    }

    public static DeploymentStatus Without(this DeploymentStatus status, string type)
    {
        var rest = (status.Conditions ?? []).Where(c => c.Type != type).ToArray();
        return status with { Conditions = rest.Length == 0 ? null : rest };
    }

    public static DeploymentStatus Append(this DeploymentStatus status, DeploymentCondition condition) =>
        status with { Conditions = [.. status.Conditions ?? [], condition] };
}
