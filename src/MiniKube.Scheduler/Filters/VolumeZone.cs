namespace MiniKube.Scheduler;

/// <summary>Volumes that carry the label of a zone or region are used from there only.</summary>
public sealed class VolumeZone(VolumeFacts facts) : IFilter
{
    // The older name of a label means the same as the newer one.
    private static readonly Dictionary<string, string> Labels = new(StringComparer.Ordinal)
    {
        ["topology.kubernetes.io/zone"] = "topology.kubernetes.io/zone",
        ["topology.kubernetes.io/region"] = "topology.kubernetes.io/region",
        ["failure-domain.beta.kubernetes.io/zone"] = "topology.kubernetes.io/zone",
        ["failure-domain.beta.kubernetes.io/region"] = "topology.kubernetes.io/region",
    };

    public string Name => nameof(VolumeZone);

    public IPreparedFilter? Prepare(PodInfo pod, Snapshot snapshot)
    {
        var wanted = new List<(string Label, string[] Values)>();
        foreach (var (claim, _) in pod.Claims)
        {
            if (facts.Claim(pod.Namespace, claim)?.Value.Spec?.VolumeName is not { Length: > 0 } name || facts.Volume(name) is not { } volume) continue;
            foreach (var label in Labels.Keys)
                if (volume.Meta.Labels.TryGetValue(label, out var zones)) wanted.Add((label, zones.Split("__", StringSplitOptions.TrimEntries)));
        }
        return wanted.Count == 0 ? null : new Prepared(wanted);
    }

    private sealed class Prepared(List<(string Label, string[] Values)> wanted) : IPreparedFilter
    {
        public Rejection? Check(NodeInfo node)
        {
            // A node that is nowhere in particular can use all of them.
            if (!Labels.Keys.Any(node.Labels.ContainsKey)) return null;
            foreach (var (label, values) in wanted)
            {
                var here = node.Labels.GetValueOrDefault(label) ?? node.Labels.GetValueOrDefault(Labels[label]);
                if (here is null || !values.Contains(here)) return Rejection.Of(nameof(VolumeZone), "node(s) had no available volume zone");
            }
            return null;
        }
    }
}
