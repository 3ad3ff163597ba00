using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Kinds.Storage;

namespace MiniKube.Controllers;

/// <summary>Brings claims and volumes together. A key with a namespace is a claim, one without is a volume.</summary>
public sealed class PersistentVolumeController(Caches caches, IApi api) : Controller
{
    private readonly Cache<PersistentVolumeClaim> claims = caches.Of<PersistentVolumeClaim>();
    private readonly Cache<PersistentVolume> volumes = caches.Of<PersistentVolume>();
    private readonly Cache<StorageClass> classes = caches.Of<StorageClass>();
    private readonly Cache<Pod> pods = caches.Of<Pod>();

    private Index<PersistentVolume> OfClass => volumes.Index("class", v => [v.Class()]);
    private Index<PersistentVolume> Promised => volumes.Index("claim", v => PromisedTo(v) is { } claim ? [claim.ToString()] : []);

    /// <summary>Claims without a volume yet, by the class they'd have one of.</summary>
    private Index<PersistentVolumeClaim> Looking => claims.Index("looking", c => c.Value.Spec?.VolumeName is { Length: > 0 } ? [] : [c.Class()]);

    private Index<PersistentVolumeClaim> Naming => claims.Index("volume", c => c.Value.Spec?.VolumeName is { Length: > 0 } name ? [name] : []);

    public override string Name => "persistentvolume-controller";
    public override string Account => "persistent-volume-binder";

    public override void Watch(Triggers triggers)
    {
        var (looking, naming, promised) = (Looking, Naming, Promised);
        triggers.OnSelf(claims);
        triggers.OnSelf(volumes);
        triggers.On(claims, change => promised[change.Latest.Key.ToString()].Select(v => v.Key));
        triggers.On(volumes, change => [.. Concerned(change.Old), .. Concerned(change.New), .. naming[change.Latest.Name].Select(c => c.Key),
            .. change.New?.Value.Status?.Phase == "Available" ? looking[change.New.Class()].Select(c => c.Key) : []]);
        triggers.On(classes, change => [.. looking[change.Latest.Name].Select(c => c.Key), .. change.New is { } now && VolumeMarks.IsDefault(now) ? looking[""].Select(c => c.Key) : []]);
        triggers.Reads(pods);
    }

    public override async ValueTask<Plan?> Decide(Turn turn, CancellationToken cancel) => turn.Key.Namespace.Length == 0
        ? volumes.Get(turn.Key) is { } volume ? VolumePlan.For(await Seen(volume, turn.Now, cancel)) : null
        : claims.Get(turn.Key) is { } claim ? ClaimBindingPlan.For(Seen(claim, await Class(claim, cancel))) : null;

    private ClaimSeen Seen(Item<PersistentVolumeClaim> claim, Item<StorageClass>? found) => new(claim, found, claim.AwaitsDefaultClass() ? DefaultClass() : null,
        claim.Value.Spec?.VolumeName is { Length: > 0 } name ? volumes.Get("", name) : null,
        [.. Promised[claim.Key.ToString()], .. OfClass[claim.Class()]],
        [.. ClaimUse.Of(pods)[claim.Key.ToString()].Where(p => p.NodeName().Length == 0 && !p.IsTerminal()).Select(p => p.Name).Order(StringComparer.Ordinal)]);

    /// <summary>A claim may come to be known before its class is, and would be bound too soon: what isn't in the cache is asked for.</summary>
    private async ValueTask<Item<StorageClass>?> Class(Item<PersistentVolumeClaim> claim, CancellationToken cancel)
    {
        if (claim.Class() is not { Length: > 0 } name || claim.Meta.Annotation(VolumeMarks.BindCompleted) is not null) return null;
        if (classes.Get("", name) is { } known) return known;
        var asked = await api.Get(classes.Type.Ref, null, name, cancel: cancel);
        return asked.Ok ? Resources.Of<StorageClass>().Item(asked.Value.Json) : null;
    }

    /// <summary>Whoever makes a volume names a claim in it that the cache may not show yet: before a volume counts as released, the server is asked.</summary>
    private async ValueTask<VolumeSeen> Seen(Item<PersistentVolume> volume, DateTimeOffset now, CancellationToken cancel)
    {
        var uid = volume.Value.Spec?.ClaimRef?.Uid;
        if (uid is null or "" || PromisedTo(volume) is not { } key) return new(volume, null, now);
        if (claims.Get(key) is { } known && known.Uid == uid) return new(volume, known, now);
        var asked = await api.Get(claims.Type.Ref, key.Namespace, key.Name, cancel: cancel);
        if (!asked.Ok) return new(volume, null, now) { Unclear = asked.Error!.Code != 404 };
        var claim = Resources.Of<PersistentVolumeClaim>().Item(asked.Value.Json);
        return new(volume, claim.Uid == uid ? claim : null, now);
    }

    private static Key? PromisedTo(Item<PersistentVolume> volume) => volume.Value.Spec?.ClaimRef is { Name: { Length: > 0 } name } claim ? new(claim.Namespace ?? "", name) : null;

    private static IEnumerable<Key> Concerned(Item<PersistentVolume>? volume) => volume is not null && PromisedTo(volume) is { } key ? [key] : [];

    /// <summary>The newest of those that are marked, as at admission.</summary>
    private string? DefaultClass() => classes.All().Where(VolumeMarks.IsDefault).OrderByDescending(c => c.Meta.Created).ThenBy(c => c.Name, StringComparer.Ordinal).FirstOrDefault()?.Name;
}
