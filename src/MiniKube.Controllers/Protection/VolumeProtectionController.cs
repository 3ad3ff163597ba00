using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;

namespace MiniKube.Controllers;

/// <summary>A volume that is bound to a claim is in use.</summary>
public sealed class VolumeProtectionController(Caches caches) : Controller<ProtectionSeen>
{
    private readonly Cache<PersistentVolume> volumes = caches.Of<PersistentVolume>();

    public override string Name => "pv-protection-controller";

    public override void Watch(Triggers triggers) => triggers.OnSelf(volumes);

    protected override ProtectionSeen? Observe(Turn turn) =>
        volumes.Get(turn.Key) is { } volume ? new(volume, "kubernetes.io/pv-protection", volume.Value.Status?.Phase == "Bound") : null;

    protected override Plan For(ProtectionSeen seen) => ProtectionPlan.For(seen);
}
