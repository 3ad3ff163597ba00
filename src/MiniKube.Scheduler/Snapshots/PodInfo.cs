using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;

namespace MiniKube.Scheduler;

/// <summary>A term of pod (anti-)affinity with its selectors parsed.</summary>
public sealed record AffinityTerm(Selector Selector, string TopologyKey, IReadOnlySet<string> Namespaces, Selector NamespaceSelector, int Weight)
{
    public bool Matches(PodInfo pod, Func<string, IReadOnlyDictionary<string, string>> namespaceLabels) =>
        (Namespaces.Contains(pod.Namespace) || !NamespaceSelector.SelectsNothing() && NamespaceSelector.Matches(namespaceLabels(pod.Namespace))) &&
        Selector.Matches(pod.Labels);
}

public sealed record SpreadTerm(string TopologyKey, int MaxSkew, bool Required, Selector Selector, int MinDomains, bool HonorAffinity, bool HonorTaints);

/// <summary>What the scheduler needs of a pod, read once per version of it.</summary>
public sealed class PodInfo
{
    // What a container without requests is taken to need when nodes are compared.
    private const long UsualMilliCpu = 100;
    private const long UsualMemory = 200L * 1024 * 1024;

    public PodInfo(Item<Pod> item)
    {
        Item = item;
        Spec = item.Value.Spec ?? new();
        var held = PodAllocation.Held(item.Value);
        Requests = Amounts.RequestsOf(held);
        Usual = Amounts.RequestsOf(held, c => Amounts.Of(c.Resources?.Requests) is var a
            ? a with { MilliCpu = a.MilliCpu == 0 ? UsualMilliCpu : a.MilliCpu, Memory = a.Memory == 0 ? UsualMemory : a.Memory }
            : a);
        HostPorts = [.. (Spec.Containers ?? []).Concat((Spec.InitContainers ?? []).Where(c => c.RestartPolicy == "Always"))
            .SelectMany(c => c.Ports ?? []).Where(p => p.HostPort > 0)
            .Select(p => (p.HostIP is { Length: > 0 } ip ? ip : "0.0.0.0", p.Protocol ?? "TCP", p.HostPort!.Value))];
        Affinity = Terms(Spec.Affinity?.PodAffinity?.RequiredDuringSchedulingIgnoredDuringExecution);
        AntiAffinity = Terms(Spec.Affinity?.PodAntiAffinity?.RequiredDuringSchedulingIgnoredDuringExecution);
        PreferredAffinity = Terms(Spec.Affinity?.PodAffinity?.PreferredDuringSchedulingIgnoredDuringExecution);
        PreferredAntiAffinity = Terms(Spec.Affinity?.PodAntiAffinity?.PreferredDuringSchedulingIgnoredDuringExecution);
        Spread = [.. (Spec.TopologySpreadConstraints ?? []).Select(Constraint)];
        Priority = Spec.Priority ?? 0;
        Claims = [.. (Spec.Volumes ?? []).Where(v => v.PersistentVolumeClaim is not null || v.Ephemeral is not null)
            .Select(v => v.PersistentVolumeClaim is { } of ? (of.ClaimName ?? "", false) : ($"{Name}-{v.Name}", true))];
    }

    public Item<Pod> Item { get; }
    public PodSpec Spec { get; }
    public Amounts Requests { get; }
    public Amounts Usual { get; }
    public IReadOnlyList<(string Ip, string Protocol, int Port)> HostPorts { get; }
    public IReadOnlyList<AffinityTerm> Affinity { get; }
    public IReadOnlyList<AffinityTerm> AntiAffinity { get; }
    public IReadOnlyList<AffinityTerm> PreferredAffinity { get; }
    public IReadOnlyList<AffinityTerm> PreferredAntiAffinity { get; }
    public IReadOnlyList<SpreadTerm> Spread { get; }
    public int Priority { get; }

    /// <summary>Claims by name; Own ones are made for this very pod.</summary>
    public IReadOnlyList<(string Name, bool Own)> Claims { get; }

    public string Uid => Item.Uid;
    public string Namespace => Item.Namespace;
    public string Name => Item.Name;
    public Key Key => Item.Key;
    public IReadOnlyDictionary<string, string> Labels => Item.Meta.Labels;
    public IReadOnlyList<Toleration> Tolerations => Spec.Tolerations ?? [];
    public string SchedulerName => Spec.SchedulerName ?? "default-scheduler";
    public string? NominatedNode => Item.Value.Status?.NominatedNodeName is { Length: > 0 } node ? node : null;
    public bool IsTerminal => Item.Value.Status?.Phase is "Succeeded" or "Failed";

    public DateTimeOffset Started => Item.Value.Status?.StartTime ?? Item.Meta.Created;

    private AffinityTerm[] Terms(IReadOnlyList<PodAffinityTerm>? terms) => [.. (terms ?? []).Select(t => Term(t, 0))];

    private AffinityTerm[] Terms(IReadOnlyList<WeightedPodAffinityTerm>? terms) =>
        [.. (terms ?? []).Where(t => t.PodAffinityTerm is not null).Select(t => Term(t.PodAffinityTerm!, t.Weight ?? 0))];

    // Without namespaces and namespace selector a term speaks of the pod's own namespace.
    private AffinityTerm Term(PodAffinityTerm term, int weight)
    {
        var namespaces = term.Namespaces is { Count: > 0 } named ? named.ToHashSet(StringComparer.Ordinal)
            : term.NamespaceSelector is null ? [Namespace] : new HashSet<string>(StringComparer.Ordinal);
        return new(term.LabelSelector.Parsed(), term.TopologyKey ?? "", namespaces, term.NamespaceSelector.Parsed(), weight);
    }

    private SpreadTerm Constraint(TopologySpreadConstraint c)
    {
        var selector = c.LabelSelector.Parsed();
        if (c.MatchLabelKeys is { Count: > 0 } keys)
        {
            selector = new([.. selector.Requirements, .. keys.Where(Labels.ContainsKey)
                .Select(k => new Machinery.Requirement(k, Machinery.LabelOperator.In, [Labels[k]]))]);
        }
        return new(c.TopologyKey ?? "", c.MaxSkew ?? 1, c.WhenUnsatisfiable != "ScheduleAnyway", selector, c.MinDomains ?? 1,
            c.NodeAffinityPolicy != "Ignore", c.NodeTaintsPolicy == "Honor");
    }
}
