using MiniKube.ControlLoop;
using MiniKube.Kinds.Apps;
using MiniKube.Kinds.Core;
using MiniKube.Kinds.Policy;
using MiniKube.Kinds.Storage;
using MiniKube.Machinery;

namespace MiniKube.Scheduler;

/// <summary>What the scheduler watches, and the questions about it that filters and scores ask.</summary>
public sealed class SchedulerCaches
{
    private readonly Index<Service> services;
    private readonly Index<PersistentVolume> volumesOfClass;
    private readonly Index<VolumeAttachment> attachmentsByNode;
    private readonly Index<CSIStorageCapacity> capacitiesOfClass;

    public SchedulerCaches(Caches caches)
    {
        Pods = caches.Of<Pod>();
        Nodes = caches.Of<Node>();
        Budgets = caches.Of<PodDisruptionBudget>();
        Claims = caches.Of<PersistentVolumeClaim>();
        Volumes = caches.Of<PersistentVolume>();
        Classes = caches.Of<StorageClass>();
        Namespaces = caches.Of<Namespace>();
        ReplicaSets = caches.Of<ReplicaSet>();
        StatefulSets = caches.Of<StatefulSet>();
        services = caches.Of<Service>().BySelector(s => Selectors.OfPairs(s.Value.Spec?.Selector));
        StorageNodes = caches.Of<CSINode>();
        Drivers = caches.Of<CSIDriver>();
        Attachments = caches.Of<VolumeAttachment>();
        Capacities = caches.Of<CSIStorageCapacity>();
        volumesOfClass = Volumes.Index("class", v => [v.Class()]);
        attachmentsByNode = Attachments.Index("node", a => [a.Value.Spec?.NodeName ?? ""]);
        capacitiesOfClass = Capacities.Index("class", c => [c.Value.StorageClassName ?? ""]);
        Watched =
        [
            Pods, Nodes, Budgets, Claims, Volumes, Classes, Namespaces, ReplicaSets, StatefulSets, caches.Of<Service>(), StorageNodes, Drivers, Attachments, Capacities,
        ];
    }

    public Cache<Pod> Pods { get; }
    public Cache<Node> Nodes { get; }
    public Cache<PodDisruptionBudget> Budgets { get; }
    public Cache<PersistentVolumeClaim> Claims { get; }
    public Cache<PersistentVolume> Volumes { get; }
    public Cache<StorageClass> Classes { get; }
    public Cache<Namespace> Namespaces { get; }
    public Cache<ReplicaSet> ReplicaSets { get; }
    public Cache<StatefulSet> StatefulSets { get; }
    public Cache<CSINode> StorageNodes { get; }
    public Cache<CSIDriver> Drivers { get; }
    public Cache<VolumeAttachment> Attachments { get; }
    public Cache<CSIStorageCapacity> Capacities { get; }
    public IReadOnlyList<Cache> Watched { get; }

    public VolumeFacts VolumeFacts => new()
    {
        Claim = Claims.Get, Volume = name => Volumes.Get("", name), Class = name => Classes.Get("", name), OfClass = name => volumesOfClass[name],
        Drivers = name => StorageNodes.Get("", name), Attachments = node => attachmentsByNode[node],
        Driver = name => Drivers.Get("", name), Capacities = name => capacitiesOfClass[name],
    };

    public IReadOnlyDictionary<string, string> LabelsOf(string ns) =>
        Namespaces.Get("", ns)?.Meta.Labels ?? new Dictionary<string, string>();

    /// <summary>What a pod is one of: the selectors of its Services and of its owner, taken together.</summary>
    public Selector Spreading(PodInfo pod)
    {
        var all = new List<Requirement>();
        foreach (var service in services.Selecting(pod.Item.Meta, s => Selectors.OfPairs(s.Value.Spec?.Selector)))
            all.AddRange(Selectors.OfPairs(service.Value.Spec?.Selector).Requirements);
        if (pod.Item.Meta.Controller is { } owner)
        {
            var selector = owner.Kind switch
            {
                "ReplicaSet" => ReplicaSets.Get(pod.Namespace, owner.Name)?.Value.Spec?.Selector,
                "StatefulSet" => StatefulSets.Get(pod.Namespace, owner.Name)?.Value.Spec?.Selector,
                _ => null,
            };
            if (selector is not null) all.AddRange(selector.Parsed().Requirements);
        }
        return all.Count == 0 ? Selector.Nothing : new(all);
    }
}
