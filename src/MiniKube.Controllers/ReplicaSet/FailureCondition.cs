using MiniKube.Kinds.Apps;

namespace MiniKube.Controllers;

/// <summary>The ReplicaFailure condition: there while the last attempt to create or delete failed.</summary>
public static class FailureCondition
{
    public static IReadOnlyList<ReplicaSetCondition>? Of(IReadOnlyList<ReplicaSetCondition>? current, ReplicaCounts counts, DateTimeOffset now)
    {
        var others = (current ?? []).Where(c => c.Type != "ReplicaFailure").ToList();
        var known = current?.FirstOrDefault(c => c.Type == "ReplicaFailure");
        if (counts.Failure is { } reason)
        {
            // While it goes on failing the condition stays as it first was.
            others.Add(known ?? new()
            {
                Type = "ReplicaFailure", Status = "True", Reason = reason, Message = counts.FailureMessage, LastTransitionTime = now,
            });
        }
        return others.Count == 0 ? null : others;
    }
}
