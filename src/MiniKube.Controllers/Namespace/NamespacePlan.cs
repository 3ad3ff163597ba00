using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

public sealed record NamespaceSeen(
    Item<Kinds.Core.Namespace> Namespace,
    IReadOnlyList<Item> Contents,
    IReadOnlyList<string> NotListed,
    DateTimeOffset Now)
{
    /// <summary>Groups of other servers that can't say what they have: there may be something of theirs.</summary>
    public IReadOnlyList<string> Undiscovered { get; init; } = [];
}

/// <summary>Empties a namespace that is being deleted, says what is left, and lets it go when nothing is.</summary>
public static class NamespacePlan
{
    private const string Finalizer = "kubernetes";
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Later = TimeSpan.FromSeconds(1);

    public static Plan For(NamespaceSeen seen)
    {
        var ns = seen.Namespace;
        if (!ns.BeingDeleted || ns.Value.Spec?.Finalizers?.Contains(Finalizer) != true) return Plan.Nothing;
        if (seen.Contents.Count == 0 && seen.NotListed.Count == 0 && seen.Undiscovered.Count == 0) return Plan.Of(Finalize(ns));

        // Pods go first: they may still need what else is here to end well.
        var pods = seen.Contents.Where(i => i.Type.Ref is { Group: "", Plural: "pods" }).ToArray();
        var due = (pods.Length > 0 ? pods : seen.Contents).Where(i => !i.BeingDeleted).ToArray();
        var deletes = due.Select(i => (PlanAction)new PlanAction.Delete(i.Type.Ref, i.Namespace, i.Name, i.Uid, null, "Background")).ToArray();
        return Plan.Of([
            .. deletes.Length > 0 ? [new PlanAction.Together(deletes)] : Array.Empty<PlanAction>(),
            .. deletes.Length > 0 ? [] : StatusChange.To(ns, Status(seen)),
        ]).Recheck(deletes.Length > 0 ? Soon : Later);
    }

    private static PlanAction.Replace Finalize(Item<Kinds.Core.Namespace> ns)
    {
        var tree = ns.Tree();
        tree.Map("spec")!["finalizers"] = JsonList.OfTexts(ns.Value.Spec!.Finalizers!.Where(f => f != Finalizer));
        return new(ns.Type.Ref, null, ns.Name, tree, "finalize");
    }

    private static NamespaceStatus Status(NamespaceSeen seen)
    {
        var remaining = seen.Contents.GroupBy(i => $"{i.Type.Ref.Plural}.{i.Type.Ref.Group}")
            .OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => $"{g.Key} has {g.Count()} resource instances");
        var finalizers = seen.Contents.SelectMany(i => i.Meta.Finalizers).GroupBy(f => f)
            .OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => $"{g.Key} in {g.Count()} resource instances");
        var conditions = new List<NamespaceCondition>();
        string[] failing = [.. seen.Undiscovered.Count == 0 ? [] : new[] { $"unable to retrieve the complete list of server APIs: {string.Join(", ", seen.Undiscovered)}" }, .. seen.NotListed];
        Add("NamespaceDeletionDiscoveryFailure", failing.Length > 0, "DiscoveryFailed",
            $"Discovery failed for some groups, {seen.Undiscovered.Count + seen.NotListed.Count} failing: {string.Join(", ", failing)}",
            "ResourcesDiscovered", "All resources successfully discovered");
        Add("NamespaceDeletionGroupVersionParsingFailure", false, "", "", "ParsedGroupVersions", "All legacy kube types successfully parsed");
        Add("NamespaceDeletionContentFailure", false, "", "", "ContentDeleted",
            "All content successfully deleted, may be waiting on finalization");
        Add("NamespaceContentRemaining", seen.Contents.Count > 0, "SomeResourcesRemain",
            $"Some resources are remaining: {string.Join(", ", remaining)}", "ContentRemoved", "All content successfully removed");
        Add("NamespaceFinalizersRemaining", finalizers.Any(), "SomeFinalizersRemain",
            $"Some content in the namespace has finalizers remaining: {string.Join(", ", finalizers)}", "ContentHasNoFinalizers",
            "All content-preserving finalizers finished");
        return new() { Phase = "Terminating", Conditions = conditions };

        void Add(string type, bool bad, string badReason, string badMessage, string goodReason, string goodMessage)
        {
            var current = seen.Namespace.Value.Status?.Conditions?.FirstOrDefault(c => c.Type == type);
            var status = bad ? "True" : "False";
            conditions.Add(new()
            {
                Type = type,
                Status = status,
                Reason = bad ? badReason : goodReason,
                Message = bad ? badMessage : goodMessage,
                LastTransitionTime = current?.Status == status ? current.LastTransitionTime : seen.Now,
            });
        }
    }
}
