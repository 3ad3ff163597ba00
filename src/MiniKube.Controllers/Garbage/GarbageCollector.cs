using MiniKube.ControlLoop;

namespace MiniKube.Controllers;

/// <summary>
/// Watches the metadata of everything and looks at an object, keyed by its uid, when something about its owners or dependents
/// changed. Before anything is deleted for want of an owner, the server is asked whether the owner is really gone.
/// </summary>
public sealed class GarbageCollector(Caches caches, KnownResources resources, IApi api) : FreshController<GarbageSeen>
{
    // Before the name of an APIService whose server is to be asked what it has: no uid begins so.
    private const string Elsewhere = "apis/";

    private readonly ObjectGraph graph = new();
    private Triggers? told;

    public override string Name => "generic-garbage-collector";

    public override int Parallelism => 20;

    public override void Watch(Triggers triggers)
    {
        foreach (var resource in resources.BuiltIn)
        {
            // Events come by the thousand and own nothing.
            if (resource.Ref.Plural == "events") continue;
            var cache = caches.Any(resource);
            triggers.Reads(cache);
            Follow(cache, triggers);
        }
        triggers.On(resources.Definitions, c =>
        {
            if (c.New is null) caches.Drop(KnownResources.Declared(c.Latest)?.Ref ?? new("", "", ""));
            else if (KnownResources.Declared(c.New) is { } declared && caches.Find(declared.Ref).Count == 0) Follow(caches.Any(declared), triggers);
            return [];
        });
        told = triggers;
        triggers.On(resources.Registered, c =>
        {
            if (c.New is not null) return c.New.Value.Spec?.Service is null ? [] : [Key.Cluster(Elsewhere + c.Latest.Name)];
            foreach (var type in resources.Forget(c.Latest.Name)) caches.Drop(type.Ref);
            return [];
        });
    }

    private async ValueTask Ask(string service, CancellationToken cancel)
    {
        if (resources.Elsewhere.FirstOrDefault(s => s.Name == service) is not { } registered || await resources.Ask(api, registered, cancel) is not null) return;
        foreach (var type in resources.Of(service))
            if (caches.Find(type.Ref).Count == 0) Follow(caches.Any(type), told!);
    }

    private void Follow(Cache cache, Triggers triggers) => cache.SubscribeAny((old, next) =>
    {
        graph.Change(old, next);
        foreach (var uid in Concerned(old, next)) triggers.Add(Key.Cluster(uid));
    });

    /// <summary>Whom a change may concern: the object when an owner isn't plainly there, its dependents when it goes, owners that wait.</summary>
    private IEnumerable<string> Concerned(Item? old, Item? next)
    {
        var latest = next ?? old!;
        if (next is null)
        {
            foreach (var dependent in graph.DependentsOf(latest.Uid)) yield return dependent.Uid;
        }
        else if (next.BeingDeleted)
        {
            if (next.Meta.Finalizers.Contains(GarbagePlan.Orphan) || next.Meta.Finalizers.Contains(GarbagePlan.Foreground))
            {
                yield return next.Uid;
                if (old is null || !old.BeingDeleted)
                    foreach (var dependent in graph.DependentsOf(next.Uid)) yield return dependent.Uid;
            }
        }
        else if (next.Meta.Owners.Count > 0 && (old is null || !SameOwners(old, next)) && !next.Meta.Owners.All(o => PlainlyThere(next, o)))
        {
            yield return next.Uid;
        }
        if (next is null || old is not null && !SameOwners(old, next))
        {
            foreach (var owner in (old ?? latest).Meta.Owners)
                if (graph.TryFind(owner.Uid, out var waiting) && waiting.BeingDeleted) yield return owner.Uid;
        }
    }

    private static bool SameOwners(Item a, Item b) => a.Meta.Owners.SequenceEqual(b.Meta.Owners);

    private bool PlainlyThere(Item item, Owner owner) =>
        graph.TryFind(owner.Uid, out var found) && !found.BeingDeleted && Matches(item, owner, found);

    /// <summary>An owner is in the same namespace or in none, and is what the reference says it is.</summary>
    private static bool Matches(Item item, Owner owner, Item found) =>
        (found.Namespace.Length == 0 || found.Namespace == item.Namespace) &&
        found.Name == owner.Name && found.Type.Kind == owner.Kind && found.Type.Ref.Group == owner.Group;

    protected override async ValueTask<GarbageSeen?> Observe(Turn turn, CancellationToken cancel)
    {
        if (turn.Key.Name.StartsWith(Elsewhere, StringComparison.Ordinal))
        {
            await Ask(turn.Key.Name[Elsewhere.Length..], cancel);
            return null;
        }
        if (!graph.TryFind(turn.Key.Name, out var item)) return null;
        var owners = new List<(Owner, OwnerState)>();
        foreach (var owner in item.Meta.Owners) owners.Add((owner, await StateOf(item, owner, cancel)));
        return new(item, owners, graph.DependentsOf(item.Uid)) { Misplaced = [.. owners.Where(o => o.Item2 == OwnerState.Impossible || IsElsewhere(item, o.Item1)).Select(o => o.Item1)] };
    }

    private async ValueTask<OwnerState> StateOf(Item item, Owner owner, CancellationToken cancel)
    {
        if (graph.TryFind(owner.Uid, out var found) && Matches(item, owner, found)) return Standing(owner, found.Meta);
        if (graph.IsKnownGone(owner.Uid)) return OwnerState.Absent;
        if (resources.OfKind(owner.Group, owner.Kind) is not { } type) return OwnerState.Unknown;
        // An object without namespace can't belong to one: upstream leaves it alone.
        if (type.Namespaced && item.Namespace.Length == 0) return OwnerState.Impossible;
        var got = await api.Get(type.Ref, type.Namespaced ? item.Namespace : null, owner.Name, cancel: cancel);
        if (!got.Ok) return got.Error!.Code == 404 ? OwnerState.Absent : OwnerState.Unknown;
        var meta = Meta.Read(got.Value.Json.Span);
        return meta.Uid == owner.Uid ? Standing(owner, meta) : OwnerState.Absent;
    }

    private bool IsElsewhere(Item item, Owner owner) =>
        graph.TryFind(owner.Uid, out var found) && found.Namespace.Length > 0 && found.Namespace != item.Namespace;

    private static OwnerState Standing(Owner owner, Meta found) =>
        found.BeingDeleted && found.Finalizers.Contains(GarbagePlan.Foreground) && owner.BlocksDeletion ? OwnerState.WaitingForThis : OwnerState.Solid;

    protected override Plan For(GarbageSeen seen) => GarbagePlan.For(seen);
}
