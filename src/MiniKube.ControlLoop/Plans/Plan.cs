using MiniKube.Machinery;

namespace MiniKube.ControlLoop;

/// <summary>
/// What a decision wants done, in order. Empty means converged. The runner executes it and is the only place that talks
/// to the API, retries conflicts and counts failures. The first action that fails ends the plan.
/// </summary>
public sealed record Plan(IReadOnlyList<PlanAction> Actions)
{
    public static readonly Plan Nothing = new([]);

    /// <summary>Look again after this long even if nothing changes.</summary>
    public TimeSpan? RecheckAfter { get; init; }

    public static Plan Of(params IEnumerable<PlanAction> actions) => new([.. actions]);

    public static Plan Recheck(TimeSpan after) => new([]) { RecheckAfter = after };

    public bool IsEmpty => Actions.Count == 0;

    /// <summary>The plan that looks again at the earlier of its own time and the given one.</summary>
    public Plan Recheck(TimeSpan? after) =>
        after is null || RecheckAfter <= after ? this : this with { RecheckAfter = after };
}

/// <summary>The closed set of effects. Uid and resourceVersion are preconditions; null asks for none.</summary>
public abstract record PlanAction
{
    private PlanAction() { }

    public sealed record Create(ResourceRef Resource, string? Namespace, JsonMap Object) : PlanAction
    {
        public Announcement? Announce { get; init; }
    }

    /// <summary>A merge patch on the object or a subresource.</summary>
    public sealed record Patch(ResourceRef Resource, string? Namespace, string Name, string? Uid, string? ResourceVersion, JsonMap MergePatch,
        string? Subresource = null) : PlanAction
    {
        public Announcement? Announce { get; init; }
    }

    /// <summary>Puts a whole object, or a whole subresource body ("finalize", "approval") in place.</summary>
    public sealed record Replace(ResourceRef Resource, string? Namespace, string Name, JsonMap Object, string? Subresource = null) : PlanAction;

    public sealed record Delete(ResourceRef Resource, string? Namespace, string Name, string? Uid, string? ResourceVersion,
        string? Propagation = null, long? GracePeriodSeconds = null) : PlanAction
    {
        public Announcement? Announce { get; init; }
    }

    /// <summary>Replaces the status as a whole.</summary>
    public sealed record SetStatus(ResourceRef Resource, string? Namespace, string Name, string? Uid, string? ResourceVersion, JsonMap Status) : PlanAction;

    /// <summary>Records an Event about an object.</summary>
    public sealed record Emit(ObjectRef About, string Type, string Reason, string Message) : PlanAction;

    /// <summary>Does several things at once: they don't depend on each other. Growth doubles the batch after each success (1, 2, 4 …).</summary>
    public sealed record Together(IReadOnlyList<PlanAction> Actions, bool SlowStart = false) : PlanAction;
}

/// <summary>
/// The Events that tell how an action went. In the texts "{name}" stands for the name the object got, "{error}" for why it
/// failed.
/// </summary>
public sealed record Announcement(ObjectRef About)
{
    public (string Reason, string Message)? Done { get; init; }
    public (string Reason, string Message)? Failed { get; init; }
}

public sealed record ObjectRef(string ApiVersion, string Kind, string? Namespace, string Name, string? Uid, string? ResourceVersion = null,
    string? FieldPath = null);
