using MiniKube.Kinds.Core;

namespace MiniKube.Scheduler;

/// <summary>What the pod asks of its node, and what its scheduler's configuration asks of every pod's node.</summary>
public sealed class NodeAffinity(Kinds.Core.NodeAffinity? added = null) : SimpleFilter
{
    public override string Name => nameof(NodeAffinity);

    protected override bool Concerns(PodInfo pod, Snapshot snapshot) => added?.RequiredDuringSchedulingIgnoredDuringExecution is not null ||
        pod.Spec.NodeSelector is { Count: > 0 } || pod.Spec.Affinity?.NodeAffinity?.RequiredDuringSchedulingIgnoredDuringExecution is not null;

    public override Rejection? Check(PodInfo pod, NodeInfo node)
    {
        if (added?.RequiredDuringSchedulingIgnoredDuringExecution is { } enforced && !NodeMatch.Matches(enforced, node.Name, node.Labels))
            return Rejection.Of(Name, "node(s) didn't match scheduler-enforced node affinity");
        return NodeMatch.Allows(pod.Spec, node.Name, node.Labels) ? null : Rejection.Of(Name, "node(s) didn't match Pod's node affinity/selector");
    }

    /// <summary>Terms that all name nodes, as those of DaemonSets' pods do, leave no others to look at.</summary>
    protected override IReadOnlySet<string>? Only(PodInfo pod)
    {
        if (pod.Spec.Affinity?.NodeAffinity?.RequiredDuringSchedulingIgnoredDuringExecution?.NodeSelectorTerms is not { Count: > 0 } terms) return null;
        var named = new HashSet<string>(StringComparer.Ordinal);
        foreach (var term in terms)
        {
            HashSet<string>? names = null;
            foreach (var e in term.MatchFields ?? [])
            {
                if (e is not { Key: "metadata.name", Operator: "In" }) continue;
                if (names is null) names = [.. e.Values ?? []];
                else names.IntersectWith(e.Values ?? []);
            }
            if (names is null) return null;
            named.UnionWith(names);
        }
        return named;
    }

    protected override string? HopelessFor(IReadOnlySet<string>? only) => only is { Count: 0 } ? "pod affinity terms conflict" : null;
}
