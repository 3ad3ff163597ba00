using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;

namespace MiniKube.Controllers;

public sealed record GrowthSeen(Item<PersistentVolumeClaim> Claim, Item<PersistentVolume> Volume);

/// <summary>Says who is expected to make a claim's volume grow: nobody in here can.</summary>
public sealed class ClaimGrowthController(Caches caches) : Controller<GrowthSeen>
{
    private readonly Cache<PersistentVolumeClaim> claims = caches.Of<PersistentVolumeClaim>();
    private readonly Cache<PersistentVolume> volumes = caches.Of<PersistentVolume>();

    public override string Name => "volume_expand";
    public override string Account => "expand-controller";

    public override void Watch(Triggers triggers)
    {
        triggers.On(claims, c => c is { Old: { } old, New: { } now } && now.Size() > old.Size() ? [now.Key] : []);
        triggers.Reads(volumes);
    }

    protected override GrowthSeen? Observe(Turn turn) =>
        claims.Get(turn.Key) is { } claim && volumes.Get("", claim.Value.Spec?.VolumeName ?? "") is { } volume ? new(claim, volume) : null;

    protected override Plan For(GrowthSeen seen) => seen.Volume.IsLocalPath() || seen.Volume.Size() >= seen.Claim.Size() || !seen.Volume.IsPromisedTo(seen.Claim) ? Plan.Nothing
        : Plan.Of(new PlanAction.Emit(seen.Claim.Ref, seen.Volume.Value.Spec?.Csi is null ? "Warning" : "Normal", "ExternalExpanding", "waiting for an external controller to expand this PVC"));
}
