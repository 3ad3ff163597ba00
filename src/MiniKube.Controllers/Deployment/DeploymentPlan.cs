using MiniKube.ControlLoop;
using MiniKube.Kinds.Apps;

namespace MiniKube.Controllers;

/// <summary>From a Deployment to the sizes of its ReplicaSets, one step at a time.</summary>
public static class DeploymentPlan
{
    public static Plan For(DeploymentSeen seen)
    {
        if (seen.Selector.IsEverything)
        {
            return Plan.Of(new PlanAction.Emit(seen.Deployment.Ref, "Warning", "SelectingAll",
                "This deployment is selecting all pods. A non-empty selector is required."));
        }
        var claims = Ownership.Claim(seen.Deployment, seen.Selector, seen.Owned, seen.Orphans);
        if (claims.Count > 0) return Plan.Of(new PlanAction.Together(claims));

        var sets = new ReplicaSets(seen);
        if (seen.Deployment.BeingDeleted) return Plan.Of(SetStatus(seen, DeploymentStatusOf.Counts(seen, sets)));
        if (Progress.Pausing(seen) is { } pausing) return Plan.Of(SetStatus(seen, pausing));
        if (seen.Spec.Paused == true || ProportionalScaling.Needed(seen, sets)) return Resize(seen, sets);
        return Roll(seen, sets);
    }

    private static Plan Resize(DeploymentSeen seen, ReplicaSets sets) => Plan.Of([
        .. sets.New is null ? [] : NewReplicaSet.Update(seen, sets),
        .. ProportionalScaling.Step(seen, sets),
        .. seen.Spec.Paused == true ? RevisionHistory.Prune(seen, sets) : [],
        .. SetStatus(seen, DeploymentStatusOf.Counts(seen, sets)),
    ]);

    private static Plan Roll(DeploymentSeen seen, ReplicaSets sets)
    {
        var status = Progress.Of(seen, sets, DeploymentStatusOf.Counts(seen, sets));
        if (sets.New is null && seen.RollingUpdate) return Begin(seen, sets, status);

        var update = sets.New is null ? [] : NewReplicaSet.Update(seen, sets).ToArray();
        if (sets.New is { } found && seen.ProgressDeadline is not null && seen.Condition("Progressing") is null)
            status = status.With(seen.Now, "Progressing", "True", "FoundNewReplicaSet", $"Found new replica set \"{found.Name}\"");
        var step = update.Any(a => a is PlanAction.Patch p && p.Resource == Rollout.Sets) ? []
            : seen.RollingUpdate ? RollingUpdate.Step(seen, sets) : Recreate.Step(seen, sets);
        if (sets.New is null && step?.Any(a => a is PlanAction.Create) == true) return Begin(seen, sets, status);
        var prune = step is { Count: 0 } && Progress.IsComplete(seen, status) ? RevisionHistory.Prune(seen, sets) : [];
        return Plan.Of([.. update, .. step ?? [], .. prune, .. SetStatus(seen, status)]).Recheck(Progress.Recheck(seen, status));
    }

    /// <summary>The first step of a rollout. A name that somebody else has is counted as a collision, and the next name differs.</summary>
    private static Plan Begin(DeploymentSeen seen, ReplicaSets sets, DeploymentStatus status)
    {
        if (seen.Named(seen.NewName) is { } taken && !taken.IsControlledBy(seen.Deployment))
            return Plan.Of(SetStatus(seen, seen.Status with { CollisionCount = (seen.Status.CollisionCount ?? 0) + 1 }));
        if (seen.ProgressDeadline is not null)
        {
            status = seen.LastFailure is { } failure
                ? status.With(seen.Now, "Progressing", "False", "ReplicaSetCreateError",
                    $"Failed to create new replica set \"{seen.NewName}\": {failure.Message}")
                : status.With(seen.Now, "Progressing", "True", "NewReplicaSetCreated", $"Created new replica set \"{seen.NewName}\"");
            // That something was begun is on record before how it stands.
            if (seen.Condition("Available") is null) status = status with { Conditions = [.. status.Conditions!.OrderBy(c => c.Type == "Available")] };
        }
        var create = NewReplicaSet.Create(seen, sets);
        // A failure must be on record even when the next attempt fails like the last.
        return seen.LastFailure is not null ? Plan.Of([.. SetStatus(seen, status), .. create]) : Plan.Of([.. create, .. SetStatus(seen, status)]);
    }

    private static IEnumerable<PlanAction> SetStatus(DeploymentSeen seen, DeploymentStatus status) => StatusChange.To(seen.Deployment, status);
}
