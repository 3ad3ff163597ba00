namespace MiniKube.Scheduler;

/// <summary>Why no node would do, for people and for the queue.</summary>
public sealed record Diagnosis(int Nodes, Dictionary<string, Rejection> ByNode, string? Hopeless, HashSet<string> Plugins)
{
    /// <summary>Why nodes were not even looked at.</summary>
    public string? Unseen { get; init; }

    public void Add(string node, Rejection rejection)
    {
        ByNode[node] = rejection;
        Plugins.Add(rejection.Plugin);
    }

    /// <summary>Upstream's sentence: how many nodes, each reason with the number of nodes that gave it, and what preemption found.</summary>
    public string Message(string afterwards)
    {
        if (Nodes == 0) return "no nodes available to schedule pods";
        if (Hopeless is not null) return $"0/{Nodes} nodes are available: {Hopeless}. not found";
        var sentence = $"{Sentence(Nodes, ByNode.Values.SelectMany(r => r.Reasons).Concat(Enumerable.Repeat(Unseen ?? "", Unseen is null ? 0 : Nodes - ByNode.Count)))}.";
        return afterwards.Length == 0 ? sentence : $"{sentence} no new claims to deallocate, {afterwards}";
    }

    public static string Sentence(int nodes, IEnumerable<string> reasons)
    {
        var counted = reasons.GroupBy(r => r).Select(g => $"{g.Count()} {g.Key}").Order(StringComparer.Ordinal);
        return $"0/{nodes} nodes are available: {string.Join(", ", counted)}";
    }
}
