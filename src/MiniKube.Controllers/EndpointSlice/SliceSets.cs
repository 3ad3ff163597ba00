using MiniKube.ControlLoop;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

/// <summary>Endpoints of one address family that offer the same ports.</summary>
public sealed record SliceSet(string AddressType, JsonList Ports, IReadOnlyList<JsonMap> Endpoints);

/// <summary>
/// Spreads endpoints over slices of bounded size with as few writes as possible: an endpoint stays in the slice it is in, new ones
/// go where something is written anyway, and only then into new slices.
/// </summary>
public sealed class SliceSets(Item owner, string serviceName, JsonMap labels, JsonMap annotationsOfNew, int most = 100)
{
    private static readonly ResourceRef Slices = Resources.RefOf<Kinds.Discovery.EndpointSlice>();

    public IReadOnlyList<PlanAction> Reconcile(IReadOnlyList<SliceSet> wanted, IReadOnlyList<Item<Kinds.Discovery.EndpointSlice>> existing)
    {
        var actions = new List<PlanAction>();
        var left = existing.Where(s => !s.BeingDeleted).Select(s => (Item: s, Tree: s.Tree())).ToList();
        foreach (var set in wanted)
        {
            var mine = left.Where(s => s.Tree.Text("addressType") == set.AddressType && (s.Tree.List("ports") ?? []).SameAs(set.Ports)).ToArray();
            left.RemoveAll(mine.Contains);
            actions.AddRange(Fill(set, mine));
        }
        // Slices of ports that nobody offers any more.
        actions.AddRange(left.Select(s => Delete(s.Item)));
        return Recycle(actions, existing);
    }

    /// <summary>Where one slice would go and another of its family come, the one becomes the other: names stay, watchers see one change.</summary>
    private List<PlanAction> Recycle(List<PlanAction> actions, IReadOnlyList<Item<Kinds.Discovery.EndpointSlice>> existing)
    {
        foreach (var create in actions.OfType<PlanAction.Create>().ToArray())
        {
            var family = create.Object.Text("addressType");
            var spare = actions.OfType<PlanAction.Delete>().Select(d => (Delete: d, Item: existing.First(s => s.Name == d.Name)))
                .FirstOrDefault(d => d.Item.Value.AddressType == family);
            if (spare.Item is null) continue;
            actions.Remove(spare.Delete);
            var reused = Update(new Draft(spare.Item, spare.Item.Tree(), []));
            foreach (var member in new[] { "endpoints", "ports" }) reused.Object[member] = create.Object[member];
            actions[actions.IndexOf(create)] = reused;
        }
        return actions;
    }

    private IEnumerable<PlanAction> Fill(SliceSet set, (Item<Kinds.Discovery.EndpointSlice> Item, JsonMap Tree)[] existing)
    {
        var missing = new Dictionary<string, JsonMap>(StringComparer.Ordinal);
        foreach (var endpoint in set.Endpoints) missing[Identity(endpoint)] = endpoint;
        var slices = existing.Select(s => new Draft(s.Item, s.Tree, Keep(s.Tree, missing))).ToList();

        var written = slices.ToLookup(Changed);
        foreach (var draft in written[true].OrderByDescending(d => d.Endpoints.Count).Concat(written[false]))
        {
            // A full write costs the same however much it changes; an untouched slice is only written when all that's missing fits.
            if (!Changed(draft) && draft.Endpoints.Count + missing.Count > most) continue;
            foreach (var (key, endpoint) in missing.Take(most - draft.Endpoints.Count).ToArray())
            {
                draft.Endpoints.Add(endpoint);
                missing.Remove(key);
            }
        }
        foreach (var chunk in missing.Values.Chunk(most)) yield return Create(set, [.. chunk]);
        var kept = slices.Count(d => d.Endpoints.Count > 0) + (missing.Count > 0 ? 1 : 0);
        foreach (var draft in slices)
        {
            if (draft.Endpoints.Count == 0 && kept > 0) yield return Delete(draft.Item);
            else if (Changed(draft)) yield return Update(draft);
            if (draft.Endpoints.Count == 0 && kept == 0) kept = 1;
        }
        // A Service without endpoints still has a slice that says so.
        if (slices.Count == 0 && set.Endpoints.Count == 0) yield return Create(set, []);
    }

    private static List<JsonMap> Keep(JsonMap slice, Dictionary<string, JsonMap> missing)
    {
        var kept = new List<JsonMap>();
        foreach (var endpoint in (slice.List("endpoints") ?? []).Maps())
            if (missing.Remove(Identity(endpoint), out var wanted)) kept.Add(wanted);
        return kept;
    }

    private static string Identity(JsonMap endpoint) =>
        endpoint.Map("targetRef")?.Text("uid") is { } uid ? $"{uid} {endpoint.List("addresses")}" : endpoint.List("addresses")!.ToString();

    private bool Changed(Draft draft) =>
        !new JsonList(draft.Endpoints).SameAs(draft.Tree.List("endpoints") ?? []) || !LabelsOf(labels).SameAs(draft.Tree.Map("metadata")?.Map("labels"));

    private JsonMap LabelsOf(JsonMap source)
    {
        var all = source.CloneMap();
        all.Set("kubernetes.io/service-name", serviceName);
        return all;
    }

    private PlanAction.Create Create(SliceSet set, IReadOnlyList<JsonMap> endpoints)
    {
        var metadata = new JsonMap
        {
            { "generateName", PodTemplates.Prefix(serviceName) }, { "labels", LabelsOf(labels) },
            { "ownerReferences", JsonList.Of(Ownership.Reference(owner)) },
        };
        if (annotationsOfNew.Count > 0) metadata.Add("annotations", annotationsOfNew.Clone());
        return new(Slices, owner.Namespace, Body(metadata, set.AddressType, endpoints, set.Ports));
    }

    private PlanAction.Replace Update(Draft draft)
    {
        var metadata = draft.Tree.Map("metadata")!.CloneMap();
        metadata.Remove("managedFields");
        metadata["labels"] = LabelsOf(labels);
        metadata.Map("annotations")?.Remove(ServicePods.ChangeTime);
        if (metadata.Map("annotations") is { Count: 0 }) metadata.Remove("annotations");
        return new(Slices, owner.Namespace, draft.Item.Name,
            Body(metadata, draft.Tree.Text("addressType")!, draft.Endpoints, draft.Tree.List("ports") ?? []));
    }

    private static PlanAction.Delete Delete(Item slice) => new(Slices, slice.Namespace, slice.Name, slice.Uid, null);

    private static JsonMap Body(JsonMap metadata, string addressType, IReadOnlyList<JsonMap> endpoints, JsonList ports) => new()
    {
        { "apiVersion", Slices.ApiVersion }, { "kind", "EndpointSlice" }, { "metadata", metadata }, { "addressType", addressType },
        { "endpoints", new JsonList(endpoints.Select(e => e.Clone())) }, { "ports", ports.Clone() },
    };

    private sealed record Draft(Item<Kinds.Discovery.EndpointSlice> Item, JsonMap Tree, List<JsonMap> Endpoints);
}
