using MiniKube.ControlLoop;
using MiniKube.Machinery;

namespace MiniKube.Network.Policy;

/// <summary>Pods by namespace and label, so that a selector looks at few of them.</summary>
internal sealed class PodPicker
{
    private readonly Dictionary<string, List<PolicyPod>> byNamespace = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Namespace, string Label), List<PolicyPod>> byLabel = [];
    private readonly IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> namespaces;

    public PodPicker(IEnumerable<PolicyPod> pods, IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> namespaces)
    {
        this.namespaces = namespaces;
        foreach (var pod in pods)
        {
            Add(byNamespace, pod.Namespace, pod);
            foreach (var (key, value) in pod.Labels)
            {
                Add(byLabel, (pod.Namespace, key), pod);
                Add(byLabel, (pod.Namespace, $"{key}={value}"), pod);
            }
        }
    }

    public IEnumerable<PolicyPod> Pick(string ns, LabelSelector selector)
    {
        List<PolicyPod>? fewest = null;
        foreach (var anchor in selector.Anchors())
        {
            if (!byLabel.TryGetValue((ns, anchor), out var some)) return [];
            if (fewest is null || some.Count < fewest.Count) fewest = some;
        }
        if ((fewest ?? byNamespace.GetValueOrDefault(ns)) is not { } candidates) return [];
        return selector.Requirements.Count == 0 ? candidates : candidates.Where(p => selector.Matches(p.Labels));
    }

    public IEnumerable<PolicyPod> Pick(LabelSelector ofNamespaces, LabelSelector ofPods) =>
        namespaces.Where(n => ofNamespaces.Matches(n.Value)).OrderBy(n => n.Key, StringComparer.Ordinal).SelectMany(n => Pick(n.Key, ofPods));

    private static void Add<TKey>(Dictionary<TKey, List<PolicyPod>> all, TKey key, PolicyPod pod) where TKey : notnull
    {
        if (!all.TryGetValue(key, out var some)) all[key] = some = [];
        some.Add(pod);
    }
}
