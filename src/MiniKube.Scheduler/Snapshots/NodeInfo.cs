using System.Collections.Immutable;
using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;

namespace MiniKube.Scheduler;

/// <summary>A node with the pods on it and what they take. Immutable: a change makes a new one.</summary>
public sealed class NodeInfo
{
    public NodeInfo(Item<Node> item) : this(item, [], Amounts.None, Amounts.None) { }

    private NodeInfo(Item<Node> item, ImmutableArray<PodInfo> pods, Amounts requested, Amounts usual, NodeInfo? like = null)
    {
        Item = item;
        Pods = pods;
        Requested = requested;
        Usual = usual;
        Allocatable = like?.Allocatable ?? Amounts.Of(item.Value.Status?.Allocatable);
        AllowedPods = like?.AllowedPods ?? (item.Value.Status?.Allocatable?.TryGetValue("pods", out var most) == true ? most.Value : 0);
        Images = like?.Images ?? (item.Value.Status?.Images ?? []).SelectMany(i => (i.Names ?? []).Select(n => (Name: n, Size: i.SizeBytes ?? 0)))
            .GroupBy(i => i.Name).ToDictionary(g => g.Key, g => g.First().Size, StringComparer.Ordinal);
        Taints = like?.Taints ?? [.. item.Value.Spec?.Taints ?? []];
        Unschedulable = item.Value.Spec?.Unschedulable == true;
        HasAffinity = pods.Any(p => p.Affinity.Count + p.PreferredAffinity.Count + p.PreferredAntiAffinity.Count > 0);
        HasAntiAffinity = pods.Any(p => p.AntiAffinity.Count > 0);
        HasHostPorts = pods.Any(p => p.HostPorts.Count > 0);
    }

    public Item<Node> Item { get; }
    public ImmutableArray<PodInfo> Pods { get; }
    public Amounts Requested { get; }
    public Amounts Usual { get; }
    public Amounts Allocatable { get; }
    public long AllowedPods { get; }
    public IReadOnlyDictionary<string, long> Images { get; }
    public Taint[] Taints { get; }
    public bool Unschedulable { get; }
    public bool HasAffinity { get; }
    public bool HasAntiAffinity { get; }
    public bool HasHostPorts { get; }

    public string Name => Item.Name;
    public IReadOnlyDictionary<string, string> Labels => Item.Meta.Labels;

    public NodeInfo With(PodInfo pod) => new(Item, Pods.Add(pod), Requested + pod.Requests, Usual + pod.Usual, this);

    public NodeInfo Without(string uid)
    {
        foreach (var pod in Pods)
            if (pod.Uid == uid) return new(Item, Pods.Remove(pod), Requested - pod.Requests, Usual - pod.Usual, this);
        return this;
    }

    public NodeInfo WithNode(Item<Node> item) => new(item, Pods, Requested, Usual);
}
