using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Kinds.Policy;
using MiniKube.Kinds.Storage;
using MiniKube.Machinery;
using MiniKube.Scheduler.Configuration;

namespace MiniKube.Scheduler.Tests;

/// <summary>Every file in Cases: nodes, the pods on them, a pod, and where it must go, whom it may push away, or what it is told.</summary>
public class PlacementTests
{
    private static IEnumerable<string> Cases() =>
        Directory.EnumerateFiles(Path.Combine(TestContext.CurrentContext.TestDirectory, "Cases"), "*.yaml").Select(Path.GetFileNameWithoutExtension).Order()!;

    [TestCaseSource(nameof(Cases))]
    public async Task Decides(string name)
    {
        var file = (JsonMap)YamlReader.Read(await File.ReadAllTextAsync(Path.Combine(TestContext.CurrentContext.TestDirectory, "Cases", name + ".yaml")));
        var state = new ClusterState();
        foreach (var node in Items<Node>(file, "nodes")) state.SetNode(node);
        foreach (var pod in Items<Pod>(file, "pods")) state.Place(new(pod), pod.Value.Spec!.NodeName!);
        var newcomer = new PodInfo(Item<Pod>(file.Map("pod")!));
        var volumes = Volumes(file);
        var (configuration, faults) = file.Map("configuration") is { } configured ? SchedulerConfiguration.Read(configured.ToString()) : (SchedulerConfiguration.Default, []);
        Assert.That(faults, Is.Empty);
        var spread = file.Map("spreads") is { } labels ? LabelSelector.FromLabels(labels.ToDictionary(l => l.Key, l => ((JsonText)l.Value).Value)) : null;
        var profile = Profile.Of(configuration!.Profiles.Single(p => p.SchedulerName == newcomer.SchedulerName), volumes, _ => spread ?? LabelSelector.Nothing);

        var result = Placement.For(newcomer, state.Snapshot, profile, new());
        if (file.Text("node") is { } wanted)
        {
            Assert.That((result as PlacementResult.On)?.Node.Name, Is.EqualTo(wanted));
            var writes = VolumeWrites.For(newcomer, ((PlacementResult.On)result).Node, volumes);
            Assert.That((writes?.Actions ?? []).Cast<PlanAction.Patch>().Select(p => $"{p.Resource.Plural} {p.Name} {p.MergePatch}"), Is.EqualTo((file.List("writes") ?? []).Texts()));
            return;
        }
        var why = ((PlacementResult.Nowhere)result).Why;
        var preemption = PreemptionPlan.For(newcomer, state.Snapshot, profile, new(), why, [.. Items<PodDisruptionBudget>(file, "budgets")], 0);
        if (file.Map("preempts") is { } preempts)
        {
            Assert.That(preemption.Node?.Name, Is.EqualTo(preempts.Text("node")));
            Assert.That(preemption.Victims.Select(v => v.Name), Is.EquivalentTo(preempts.List("victims")!.Texts()));
            return;
        }
        Assert.That(why.Message(preemption.Message), Is.EqualTo(file.Text("message")));
    }

    [Test]
    public void Equals_are_told_apart_by_luck_alone()
    {
        var state = new ClusterState();
        for (var i = 0; i < 5; i++) state.SetNode(Node($"n{i}"));
        var pod = new PodInfo(Item<Pod>(JsonReader.ParseMap("""{"metadata":{"name":"p"},"spec":{"containers":[{"name":"c"}]}}""")));
        var profile = Profile.Default(VolumeFacts.None);
        var chosen = Enumerable.Range(0, 50).Select(luck => ((PlacementResult.On)Placement.For(pod, state.Snapshot, profile, new(), 0, (uint)luck)).Node.Name).ToArray();
        Assert.That(chosen.Distinct().Count(), Is.EqualTo(5));
        Assert.That(chosen[7], Is.EqualTo(((PlacementResult.On)Placement.For(pod, state.Snapshot, profile, new(), 0, 7)).Node.Name));
    }

    [Test]
    public void A_snapshot_swapped_node_by_node_equals_one_made_at_once([Range(1, 30)] int seed)
    {
        var random = new Random(seed);
        var swapped = new ClusterState();
        var alive = new Dictionary<string, (Item<Pod> Pod, string Node)>();
        var nodes = new HashSet<string>();
        var selector = LabelSelector.FromLabels(new Dictionary<string, string> { ["app"] = "w" });
        for (var step = 0; step < 200; step++)
        {
            var node = $"n{random.Next(5)}";
            switch (random.Next(4))
            {
                case 0:
                    swapped.SetNode(Node(node));
                    nodes.Add(node);
                    break;
                case 1 when random.Next(4) == 0:
                    swapped.RemoveNode(node);
                    nodes.Remove(node);
                    break;
                case 2 when alive.Count > 0:
                    var gone = alive.Keys.ElementAt(random.Next(alive.Count));
                    swapped.Remove(gone);
                    alive.Remove(gone);
                    break;
                default:
                    var pod = Item<Pod>(JsonReader.ParseMap(
                        $$$"""{"metadata":{"name":"p{{{step}}}","labels":{"app":"{{{(random.Next(2) == 0 ? "w" : "x")}}}"} },"spec":{"containers":[{"name":"c","resources":{"requests":{"cpu":"{{{random.Next(3)}}}"} } }]} }"""));
                    swapped.Place(new(pod), node);
                    alive[pod.Uid] = (pod, node);
                    break;
            }
            // Asking keeps the counts remembered, so that they must be corrected.
            _ = swapped.Snapshot.Matching("ns", selector).Count;
        }
        var fresh = new ClusterState();
        foreach (var node in nodes) fresh.SetNode(Node(node));
        foreach (var (pod, node) in alive.Values) fresh.Place(new(pod), node);

        foreach (var node in nodes)
        {
            var (a, b) = (swapped.Snapshot.Find(node)!, fresh.Snapshot.Find(node)!);
            Assert.That(a.Pods.Select(p => p.Name), Is.EquivalentTo(b.Pods.Select(p => p.Name)), $"seed {seed}");
            Assert.That((a.Requested.MilliCpu, a.Usual.Memory), Is.EqualTo((b.Requested.MilliCpu, b.Usual.Memory)), $"seed {seed}");
            Assert.That(swapped.Snapshot.Matching("ns", selector)[swapped.Snapshot.SlotOf(node)],
                Is.EqualTo(fresh.Snapshot.Matching("ns", selector)[fresh.Snapshot.SlotOf(node)]), $"seed {seed}");
        }
    }

    private static VolumeFacts Volumes(JsonMap file)
    {
        var (claims, volumes) = (Items<PersistentVolumeClaim>(file, "claims").ToDictionary(c => c.Name), Items<PersistentVolume>(file, "volumes").ToArray());
        var (classes, drivers) = (Items<StorageClass>(file, "classes").ToDictionary(c => c.Name), Items<CSIDriver>(file, "drivers").ToDictionary(d => d.Name));
        var (nodes, attachments) = (Items<CSINode>(file, "storageNodes").ToDictionary(n => n.Name), Items<VolumeAttachment>(file, "attachments").ToArray());
        var capacities = Items<CSIStorageCapacity>(file, "capacities").ToArray();
        return new()
        {
            Claim = (_, name) => claims.GetValueOrDefault(name), Volume = name => volumes.FirstOrDefault(v => v.Name == name), Class = classes.GetValueOrDefault,
            OfClass = name => volumes.Where(v => v.Value.Spec?.StorageClassName == name), Drivers = nodes.GetValueOrDefault, Driver = drivers.GetValueOrDefault,
            Attachments = node => attachments.Where(a => a.Value.Spec!.NodeName == node), Capacities = name => capacities.Where(c => c.Value.StorageClassName == name),
        };
    }

    private static Item<Node> Node(string name) => Item<Node>(JsonReader.ParseMap(
        $$$"""{"metadata":{"name":"{{{name}}}","labels":{"kubernetes.io/hostname":"{{{name}}}"} },"status":{"allocatable":{"cpu":"100","memory":"1Ti","pods":"1000"} } }"""));

    private static IEnumerable<Item<T>> Items<T>(JsonMap file, string member) where T : Kinds.KubeObject => (file.List(member) ?? []).Maps().Select(Item<T>);

    internal static Item<T> Item<T>(JsonMap tree) where T : Kinds.KubeObject
    {
        var metadata = tree.MapOrNew("metadata");
        metadata["uid"] ??= $"uid-{metadata.Text("name")}";
        metadata["creationTimestamp"] ??= "2026-01-01T00:00:00Z";
        if (Resources.Of<T>().Namespaced) metadata["namespace"] ??= "ns";
        return Resources.Of<T>().Item(JsonWriter.ToUtf8(tree));
    }
}
