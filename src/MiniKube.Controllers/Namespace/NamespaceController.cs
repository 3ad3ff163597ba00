using MiniKube.ControlLoop;

namespace MiniKube.Controllers;

/// <summary>Asks the server itself what a namespace still holds: a cache that lags could let go of one that isn't empty.</summary>
public sealed class NamespaceController(Caches caches, KnownResources resources, IApi api) : FreshController<NamespaceSeen>
{
    private readonly Cache<Kinds.Core.Namespace> namespaces = caches.Of<Kinds.Core.Namespace>();

    public override string Name => "namespace-controller";

    public override void Watch(Triggers triggers)
    {
        triggers.Reads(resources.Definitions);
        triggers.Reads(resources.Registered);
        triggers.OnSelf(namespaces);
    }

    protected override async ValueTask<NamespaceSeen?> Observe(Turn turn, CancellationToken cancel)
    {
        if (namespaces.Get(turn.Key) is not { BeingDeleted: true } ns) return null;
        var asked = await Task.WhenAll(resources.Elsewhere.Select(async s => (s.Value.Spec!.Group, s.Value.Spec.Version, Fault: await resources.Ask(api, s, cancel))));
        var silent = asked.Where(a => a.Fault is not null).ToArray();
        var lists = await Task.WhenAll(resources.All().Where(r => r.Namespaced && !silent.Any(a => a.Group == r.Ref.Group && a.Version == r.Ref.Version)).Select(async r => (Type: r, List: await api.List(r.Ref, ns.Name, default, cancel))));
        var contents = lists.Where(l => l.List.Ok).SelectMany(l => l.List.Value.Items.Select(json => new Item(l.Type, json))).ToArray();
        // A resource that is not served (any more) holds nothing.
        var failed = lists.Where(l => l.List.Error is { Code: not (404 or 405) }).Select(l => $"{l.Type.Ref}: {l.List.Error!.Message}").ToArray();
        return new(ns, contents, failed, turn.Now) { Undiscovered = [.. silent.Select(a => a.Fault!)] };
    }

    protected override Plan For(NamespaceSeen seen) => NamespacePlan.For(seen);
}
