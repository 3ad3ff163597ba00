using MiniKube.ControlLoop;
using MiniKube.Kinds.Apps;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

/// <summary>
/// The history of a StatefulSet or DaemonSet: one ControllerRevision per template it ever had, numbered anew when an old template comes
/// back.
/// </summary>
public sealed class Revisions
{
    private static readonly ResourceRef Resource = Resources.RefOf<ControllerRevision>();

    private readonly Item owner;
    private readonly string hashLabel;
    private readonly JsonMap template;
    private readonly JsonMap data;
    private readonly Item<ControllerRevision>? namesake;

    public Revisions(Item owner, JsonMap template, IReadOnlyList<Item<ControllerRevision>> owned, string hashLabel, int? collisions,
        Func<string, Item<ControllerRevision>?> named)
    {
        this.owner = owner;
        this.hashLabel = hashLabel;
        this.template = template;
        var patch = new JsonMap { { "$patch", "replace" } };
        foreach (var (key, value) in template) patch.Set(key, value.Clone());
        data = new() { { "spec", new JsonMap { { "template", patch } } } };
        Hash = TemplateHash.Of(data, collisions);
        All = [.. owned.OrderBy(r => r.Value.Revision ?? 0).ThenBy(r => r.Meta.Created).ThenBy(r => r.Name, StringComparer.Ordinal)];
        // Of several equal ones the newest number counts.
        Current = All.LastOrDefault(r => r.Value.Data is JsonMap stored && stored.SameAs(data));
        if (Current is null) namesake = named(NewName);
    }

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<Item<ControllerRevision>> All { get; }

    /// <summary>The one of the present template, once it has been written.</summary>
    public Item<ControllerRevision>? Current { get; }

    private string Hash { get; }

    private string NewName => $"{owner.Name}-{Hash}";

    /// <summary>Another template, or another owner, has the name that the present one would get: the next hash must be another.</summary>
    public bool Collides => Current is null && namesake is not null && !IsOrphan;

    private bool IsOrphan => namesake is { BeingDeleted: false, Meta.Controller: null, Value.Data: JsonMap stored } && stored.SameAs(data);

    public string CurrentHash => Current?.Meta.Label(hashLabel) ?? Hash;

    public long Newest => All.Count == 0 ? 0 : All[^1].Value.Revision ?? 0;

    /// <summary>What must be written before anything is rolled out; null when the history is up to date.</summary>
    public PlanAction? Record()
    {
        // One that an owner of the same name left behind is taken over: its pods are not made anew.
        if (Current is null && IsOrphan) return Ownership.References(namesake!, [.. namesake!.Meta.Owners.Select(Ownership.Reference), Ownership.Reference(owner)]);
        if (Current is not { } current) return Create();
        if (current.Value.Revision == Newest) return null;
        return new PlanAction.Patch(Resource, current.Namespace, current.Name, current.Uid, current.Meta.ResourceVersion,
            new JsonMap { { "revision", Newest + 1 } });
    }

    public IEnumerable<PlanAction> Prune(int limit, Func<Item<ControllerRevision>, bool> inUse)
    {
        var idle = All.Where(r => r != Current && !inUse(r)).ToArray();
        return idle.Take(Math.Max(0, idle.Length - limit)).Select(r => new PlanAction.Delete(Resource, r.Namespace, r.Name, r.Uid, null));
    }

    private PlanAction.Create Create()
    {
        var labels = (template.Map("metadata")?.Map("labels") ?? []).CloneMap();
        labels.Set(hashLabel, Hash);
        var metadata = new JsonMap
        {
            { "name", NewName }, { "namespace", owner.Namespace }, { "labels", labels },
            { "ownerReferences", JsonList.Of(Ownership.Reference(owner)) },
        };
        if (owner.Meta.Annotations.Count > 0)
        {
            var annotations = new JsonMap();
            foreach (var (key, value) in owner.Meta.Annotations) annotations.Set(key, value);
            metadata.Add("annotations", annotations);
        }
        return new(Resource, owner.Namespace, new JsonMap
        {
            { "apiVersion", Resource.ApiVersion }, { "kind", nameof(ControllerRevision) }, { "metadata", metadata },
            { "data", data }, { "revision", Newest + 1 },
        });
    }
}
