using MiniKube.ControlLoop;
using MiniKube.Kinds.Apps;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

/// <summary>The ReplicaSets of a Deployment, split into the one of the current template and the older ones.</summary>
public sealed class ReplicaSets
{
    public ReplicaSets(DeploymentSeen seen)
    {
        var byAge = seen.Owned.OrderBy(s => s.Meta.Created).ThenBy(s => s.Name, StringComparer.Ordinal).ToArray();
        New = Array.Find(byAge, s => SameTemplate(s, seen.Template));
        Old = [.. byAge.Where(s => s != New)];
        All = New is null ? Old : [.. Old, New];
    }

    public Item<ReplicaSet>? New { get; }

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<Item<ReplicaSet>> Old { get; }

    public IReadOnlyList<Item<ReplicaSet>> All { get; }

    public IEnumerable<Item<ReplicaSet>> Active => All.Where(s => s.Wanted() > 0);

    /// <summary>The label that the hash itself adds is no difference.</summary>
    public static bool SameTemplate(Item<ReplicaSet> set, JsonMap template)
    {
        var other = set.Tree().Map("spec")?.Map("template") ?? [];
        other.Map("metadata")?.Map("labels")?.Remove(Rollout.HashLabel);
        if (other.Map("metadata")?.Map("labels") is { Count: 0 }) other.Map("metadata")!.Remove("labels");
        return other.SameAs(template);
    }
}

/// <summary>Sizes of a ReplicaSet, absent read as the default.</summary>
public static class ReplicaSetSizes
{
    public static int Wanted(this Item<ReplicaSet> set) => set.Value.Spec?.Replicas ?? 1;
    public static int Actual(this Item<ReplicaSet> set) => set.Value.Status?.Replicas ?? 0;
    public static int Available(this Item<ReplicaSet> set) => set.Value.Status?.AvailableReplicas ?? 0;
    public static int Ready(this Item<ReplicaSet> set) => set.Value.Status?.ReadyReplicas ?? 0;
}
