using MiniKube.ControlLoop;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

/// <summary>
/// Spreads endpoints over slices of bounded size with as few writes as possible: an endpoint stays in the slice it is in, new ones
/// go where something is written anyway, and only then into new slices.
/// </summary>
public sealed class SliceSets(Item owner, string serviceName, JsonMap labels, int most = 100)
{
    private static readonly ResourceRef Slices = Resources.RefOf<Kinds.Discovery.EndpointSlice>();

    /// <summary>The annotations of what is written, made from those it had.</summary>
    public required Func<JsonMap, JsonMap> Annotations { get; init; }

    /// <summary>Whether other annotations alone are a reason to write.</summary>
    public bool AnnotationsMatter { get; init; }

    /// <summary>Gives endpoints hints when they are in their slices. Until then they keep those they have.</summary>
    public Action<IReadOnlyList<SliceDraft>>? Hint { get; init; }

    public IReadOnlyList<PlanAction> Reconcile(IReadOnlyList<SliceSet> wanted, IReadOnlyList<Item<Kinds.Discovery.EndpointSlice>> existing)
    {
        var left = existing.Where(s => !s.BeingDeleted).Select(s => (Item: s, Tree: s.Tree())).ToList();
        var drafts = new List<SliceDraft>();
        foreach (var set in wanted)
        {
            var mine = left.Where(s => s.Tree.Text("addressType") == set.AddressType && (s.Tree.List("ports") ?? []).SameAs(set.Ports)).ToArray();
            left.RemoveAll(mine.Contains);
            drafts.AddRange(Fill(set, [.. mine.Select(s => new SliceDraft(set, s.Item, s.Tree))]));
        }
        Hint?.Invoke(drafts);
        var actions = new List<PlanAction>();
        foreach (var family in drafts.GroupBy(d => d.Set))
        {
            // A Service without endpoints still has a slice that says so.
            var kept = family.Any(d => d.Endpoints.Count > 0) ? null : family.First();
            foreach (var draft in family)
            {
                if (draft.Item is null) actions.Add(Create(draft));
                else if (draft.Endpoints.Count == 0 && draft != kept) actions.Add(Delete(draft.Item));
                else if (draft.Touched) actions.Add(Update(draft.Item, draft.Tree, draft));
            }
        }
        // Slices of ports that nobody offers any more.
        actions.AddRange(left.Select(s => Delete(s.Item)));
        return Recycle(actions, drafts, existing);
    }

    private List<SliceDraft> Fill(SliceSet set, List<SliceDraft> drafts)
    {
        var missing = new OrderedDictionary<string, JsonMap>(StringComparer.Ordinal);
        foreach (var endpoint in set.Endpoints) missing[SliceDraft.Identity(endpoint)] = endpoint;
        foreach (var draft in drafts)
        {
            draft.Keep(missing, Hint is not null);
            draft.Touched |= LooksDifferent(draft.Tree);
        }
        foreach (var draft in drafts.Where(d => d.Touched && d.Endpoints.Count > 0).OrderByDescending(d => d.Endpoints.Count)) draft.Take(missing, most);
        while (missing.Count > 0)
        {
            // A full write costs the same however much it changes; an untouched slice is only written when all that's missing fits.
            var room = missing.Count >= most ? null : drafts.Where(d => !d.Touched && d.Endpoints.Count + missing.Count <= most).MaxBy(d => d.Endpoints.Count);
            if (room is null) drafts.Add(room = new(set, null, null));
            room.Take(missing, most);
        }
        if (drafts.Count == 0) drafts.Add(new(set, null, null));
        return drafts;
    }

    /// <summary>Where one slice would go and another of its family come, the one becomes the other: names stay, watchers see one change.</summary>
    private List<PlanAction> Recycle(List<PlanAction> actions, List<SliceDraft> drafts, IReadOnlyList<Item<Kinds.Discovery.EndpointSlice>> existing)
    {
        var fresh = new Queue<SliceDraft>(drafts.Where(d => d.Item is null));
        foreach (var create in actions.OfType<PlanAction.Create>().ToArray())
        {
            var draft = fresh.Dequeue();
            var spare = actions.OfType<PlanAction.Delete>().Select(d => (Delete: d, Item: existing.First(s => s.Name == d.Name)))
                .FirstOrDefault(d => d.Item.Value.AddressType == draft.Set.AddressType);
            if (spare.Item is null) continue;
            actions.Remove(spare.Delete);
            actions[actions.IndexOf(create)] = Update(spare.Item, spare.Item.Tree(), draft);
        }
        return actions;
    }

    private bool LooksDifferent(JsonMap slice) =>
        !LabelsOf().SameAs(slice.Map("metadata")?.Map("labels")) ||
        AnnotationsMatter && slice.Map("metadata")?.Map("annotations") is var old && !Annotations(old ?? []).SameAs(old ?? []);

    private JsonMap LabelsOf()
    {
        var all = labels.CloneMap();
        all.Set("kubernetes.io/service-name", serviceName);
        return all;
    }

    private PlanAction.Create Create(SliceDraft draft)
    {
        var metadata = new JsonMap
        {
            { "generateName", PodTemplates.Prefix(serviceName) }, { "labels", LabelsOf() },
            { "ownerReferences", JsonList.Of(Ownership.Reference(owner)) },
        };
        if (Annotations([]) is { Count: > 0 } annotations) metadata.Add("annotations", annotations);
        return new(Slices, owner.Namespace, Body(metadata, draft));
    }

    private PlanAction.Replace Update(Item slice, JsonMap tree, SliceDraft draft)
    {
        var metadata = tree.Map("metadata")!.CloneMap();
        metadata.Remove("managedFields");
        metadata["labels"] = LabelsOf();
        var annotations = Annotations(metadata.Map("annotations") ?? []);
        if (annotations.Count > 0) metadata["annotations"] = annotations;
        else metadata.Remove("annotations");
        return new(Slices, owner.Namespace, slice.Name, Body(metadata, draft));
    }

    private static PlanAction.Delete Delete(Item slice) => new(Slices, slice.Namespace, slice.Name, slice.Uid, null);

    private static JsonMap Body(JsonMap metadata, SliceDraft draft) => new()
    {
        { "apiVersion", Slices.ApiVersion }, { "kind", "EndpointSlice" }, { "metadata", metadata }, { "addressType", draft.Set.AddressType },
        { "endpoints", new JsonList(draft.Endpoints.Select(e => e.Clone())) }, { "ports", draft.Set.Ports.Clone() },
    };
}
