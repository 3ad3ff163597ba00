using MiniKube.Machinery;

namespace MiniKube.Scheduler.Extenders;

/// <summary>
/// What is said to extenders and understood of their answers. Upstream's types have no names for JSON: members begin with capitals,
/// and those who answer write them as they like.
/// </summary>
public static class ExtenderWire
{
    public sealed record Filtered(IReadOnlySet<string> Nodes, IReadOnlyDictionary<string, string> Failed, IReadOnlyDictionary<string, string> Hopeless);

    public static JsonMap Question(PodInfo pod, IReadOnlyList<NodeInfo> nodes, bool namesOnly) => new()
    {
        { "Pod", Tree(pod) },
        { "Nodes", namesOnly ? Json.Null : new JsonMap { { "metadata", new JsonMap() }, { "items", new JsonList(nodes.Select(n => n.Item.Tree())) } } },
        { "NodeNames", namesOnly ? JsonList.OfTexts(nodes.Select(n => n.Name)) : Json.Null },
    };

    /// <summary>Which nodes are left, or what went wrong.</summary>
    public static (Filtered? Answer, string? Error) ReadFilter(JsonMap answer, IReadOnlyList<NodeInfo> asked, bool namesOnly)
    {
        if (Text(answer, "error") is { Length: > 0 } error) return (null, error);
        var known = asked.Select(n => n.Name).ToHashSet();
        var names = namesOnly && Member(answer, "nodenames") is JsonList listed ? listed.Texts()
            : Member(answer, "nodes") is JsonMap nodes ? (Member(nodes, "items") as JsonList ?? []).Maps().Select(n => n.Map("metadata")?.Text("name") ?? "")
            : [];
        var left = new HashSet<string>();
        foreach (var name in names)
        {
            if (!known.Contains(name)) return (null, $"extender claims a filtered node \"{name}\" which is not found in the input node list");
            left.Add(name);
        }
        return (new(left, Reasons(answer, "failednodes"), Reasons(answer, "failedandunresolvablenodes")), null);
    }

    public static IReadOnlyDictionary<string, long> ReadPriorities(JsonList answer)
    {
        var scores = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var priority in answer.Maps())
            if (Text(priority, "host") is { } host && Member(priority, "score") is JsonNumber score) scores[host] = score.Whole;
        return scores;
    }

    public static JsonMap Binding(PodInfo pod, string node) => new()
    {
        { "PodName", pod.Name }, { "PodNamespace", pod.Namespace }, { "PodUID", pod.Uid }, { "Node", node },
    };

    public static JsonMap Victims(PodInfo pod, IReadOnlyList<PreemptionCandidate> candidates, bool namesOnly)
    {
        var all = new JsonMap();
        foreach (var candidate in candidates)
        {
            var victims = candidate.Victims.Select(v => namesOnly ? new JsonMap { { "UID", v.Uid } } : Tree(v));
            all.Set(candidate.Node.Name, new JsonMap { { "Pods", new JsonList(victims) }, { "NumPDBViolations", candidate.BrokenBudgets } });
        }
        return new() { { "Pod", Tree(pod) }, { "NodeNameToVictims", namesOnly ? Json.Null : all }, { "NodeNameToMetaVictims", namesOnly ? all : Json.Null } };
    }

    /// <summary>Those candidates that are left, with the victims that are left of each.</summary>
    public static IReadOnlyList<PreemptionCandidate> ReadVictims(JsonMap answer, IReadOnlyList<PreemptionCandidate> candidates)
    {
        var left = Member(answer, "nodenametometavictims") as JsonMap ?? [];
        var kept = new List<PreemptionCandidate>();
        foreach (var candidate in candidates)
        {
            if (left.Map(candidate.Node.Name) is not { } victims) continue;
            var uids = (Member(victims, "pods") as JsonList ?? []).Maps().Select(p => Text(p, "uid")).ToHashSet();
            kept.Add(candidate with
            {
                Victims = [.. candidate.Node.Pods.Where(p => uids.Contains(p.Uid))],
                BrokenBudgets = (int)((Member(victims, "numpdbviolations") as JsonNumber)?.Whole ?? 0),
            });
        }
        return kept;
    }

    public static string? Text(JsonMap map, string name) => (Member(map, name) as JsonText)?.Value;

    private static Json? Member(JsonMap map, string name) => map.FirstOrDefault(m => m.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;

    private static Dictionary<string, string> Reasons(JsonMap answer, string name) =>
        (Member(answer, name) as JsonMap ?? []).ToDictionary(m => m.Key, m => (m.Value as JsonText)?.Value ?? "");

    private static JsonMap Tree(PodInfo pod) => pod.Item.Tree();
}
