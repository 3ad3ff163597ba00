using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

public sealed record ProtectionSeen(Item Object, string Finalizer, bool InUse);

/// <summary>What is in use stays until it isn't: a finalizer that only goes from what is deleted and unused.</summary>
public static class ProtectionPlan
{
    public static Plan For(ProtectionSeen seen)
    {
        var has = seen.Object.Meta.Finalizers.Contains(seen.Finalizer);
        if (seen.Object.BeingDeleted) return has && !seen.InUse ? Set(seen, seen.Object.Meta.Finalizers.Where(f => f != seen.Finalizer)) : Plan.Nothing;
        return has ? Plan.Nothing : Set(seen, seen.Object.Meta.Finalizers.Append(seen.Finalizer));
    }

    private static Plan Set(ProtectionSeen seen, IEnumerable<string> finalizers) => Plan.Of(new PlanAction.Patch(
        seen.Object.Type.Ref, seen.Object.Type.Namespaced ? seen.Object.Namespace : null, seen.Object.Name, seen.Object.Uid, seen.Object.Meta.ResourceVersion,
        new JsonMap { { "metadata", new JsonMap { { "finalizers", JsonList.OfTexts(finalizers) } } } }));
}

public sealed class ClaimProtectionController(Caches caches) : Controller<ProtectionSeen>
{
    private readonly Cache<PersistentVolumeClaim> claims = caches.Of<PersistentVolumeClaim>();
    private readonly Cache<Pod> pods = caches.Of<Pod>();

    public override string Name => "pvc-protection-controller";

    public override void Watch(Triggers triggers)
    {
        triggers.OnSelf(claims);
        triggers.On(pods, c => c.New is null || c.New.IsTerminal() ? ClaimUse.ClaimsOf(c.Latest) : []);
    }

    protected override ProtectionSeen? Observe(Turn turn) => claims.Get(turn.Key) is not { } claim
        ? null
        : new(claim, "kubernetes.io/pvc-protection", ClaimUse.Of(pods)[claim.Key.ToString()].Any(p => !p.IsTerminal() && (p.NodeName().Length > 0 || !p.BeingDeleted)));

    protected override Plan For(ProtectionSeen seen) => ProtectionPlan.For(seen);
}
