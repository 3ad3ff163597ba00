using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;

namespace MiniKube.Controllers;

/// <summary>Which part of the processors each zone has; nothing where that can't be told of every ready node that works.</summary>
public static class ZoneShares
{
    public const string Zone = "topology.kubernetes.io/zone";

    public static IReadOnlyDictionary<string, double>? Of(IEnumerable<Item<Node>> nodes)
    {
        var processors = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var node in nodes)
        {
            if (Weight(node) is not { } weight) continue;
            if (weight.Zone is not { Length: > 0 } zone || weight.Milli == 0) return null;
            processors[zone] = processors.GetValueOrDefault(zone) + weight.Milli;
        }
        var total = (double)processors.Values.Sum();
        return processors.Count < 2 ? null : processors.ToDictionary(p => p.Key, p => p.Value / total);
    }

    /// <summary>What a node adds to its zone; null when it doesn't count.</summary>
    public static (string? Zone, long Milli)? Weight(Item<Node>? node)
    {
        if (node is null || node.Meta.Labels.ContainsKey("node-role.kubernetes.io/control-plane") || node.Meta.Labels.ContainsKey("node-role.kubernetes.io/master") ||
            node.Value.Status?.Conditions?.Any(c => c is { Type: "Ready", Status: "True" }) != true) return null;
        var milli = node.Value.Status.Allocatable?.GetValueOrDefault("cpu") is { } cpu ? cpu.MilliValue : 0;
        return (node.Meta.Label(Zone), milli);
    }
}
