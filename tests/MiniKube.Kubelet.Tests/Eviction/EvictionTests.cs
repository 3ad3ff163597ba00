using FsCheck;
using FsCheck.Fluent;
using MiniKube.Kinds;
using MiniKube.Kinds.Core;
using MiniKube.Kubelet.Eviction;
using MiniKube.Kubelet.Node;
using MiniKube.Kubelet.Stats;
using MiniKube.Machinery;

namespace MiniKube.Kubelet.Tests.Eviction;

/// <summary>Every file in Cases: levels and loads, and who must go with which words.</summary>
[TestFixture]
public sealed class EvictionTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Transition = TimeSpan.FromMinutes(5);

    private static string Folder => Path.Combine(TestContext.CurrentContext.TestDirectory, "Eviction", "Cases");

    private static IEnumerable<string> Cases() => Directory.EnumerateFiles(Folder, "*.yaml").Select(Path.GetFileNameWithoutExtension).Order()!;

    [TestCaseSource(nameof(Cases))]
    public void Decides(string name)
    {
        var file = (JsonMap)YamlReader.Read(File.ReadAllText(Path.Combine(Folder, name + ".yaml")));
        var pods = (file.List("pods") ?? []).Maps().Select(Load).ToArray();
        if (file.Text("exceeds") is { } exceeds)
        {
            Assert.That(LocalLimits.Exceeded(pods[0])?.Message ?? "", Is.EqualTo(exceeds));
            return;
        }
        var (thresholds, fault) = Threshold.Parse(file.Text("thresholds")!);
        Assert.That(fault, Is.Null);
        var levels = file.Map("levels")!.ToDictionary(l => Signal.All.First(s => s.Name == l.Key), l => Level(((JsonText)l.Value).Value));
        var pressure = Pressure.None.Next(levels, thresholds, Transition, Now);
        var eviction = EvictionPlan.For(pressure, pods, file.Bool("imagesApart") == true);
        Assert.Multiple(() =>
        {
            Assert.That(pressure.Conditions, Is.EqualTo((file.List("conditions") ?? []).Texts()));
            Assert.That(eviction?.PodUid, Is.EqualTo(file.Text("evict")));
            if (file.Text("message") is { } message) Assert.That(eviction!.Message, Is.EqualTo(message));
        });
    }

    [Test]
    public void A_condition_outlasts_its_cause()
    {
        var low = new Dictionary<Signal, Level> { [Signal.Memory] = new(1, 100) };
        var fine = new Dictionary<Signal, Level> { [Signal.Memory] = new(99, 100) };
        Threshold[] thresholds = [new(Signal.Memory, null, 0.5)];
        var met = Pressure.None.Next(low, thresholds, Transition, Now);
        Assert.That(met.Of("MemoryPressure"), Is.True);
        Assert.That(met.Next(fine, thresholds, Transition, Now.AddMinutes(4)).Of("MemoryPressure"), Is.True);
        Assert.That(met.Next(fine, thresholds, Transition, Now.AddMinutes(4)).Shortages, Is.Empty);
        Assert.That(met.Next(fine, thresholds, Transition, Now.AddMinutes(5)).Of("MemoryPressure"), Is.False);
    }

    [Test]
    public void A_soft_threshold_brings_the_condition_at_once_and_evictions_after_its_grace()
    {
        var low = new Dictionary<Signal, Level> { [Signal.Memory] = new(40, 100) };
        var fine = new Dictionary<Signal, Level> { [Signal.Memory] = new(60, 100) };
        Threshold[] thresholds = [new(Signal.Memory, null, 0.1), new Threshold(Signal.Memory, null, 0.5) { Grace = TimeSpan.FromMinutes(1) }];
        var first = Pressure.None.Next(low, thresholds, Transition, Now);
        Assert.That((first.Of("MemoryPressure"), first.Shortages.Count), Is.EqualTo((true, 0)));
        Assert.That(first.Next(low, thresholds, Transition, Now.AddSeconds(59)).Shortages, Is.Empty);
        var due = first.Next(low, thresholds, Transition, Now.AddSeconds(60));
        Assert.That(due.Shortages.Single(), Has.Property("IsSoft").True.And.Property("Threshold").EqualTo(Quantity.Of(50)));
        Assert.That(EvictionPlan.For(due, [One(0, 0, 5, 1, false)], false, TimeSpan.FromSeconds(20))!.End.Grace, Is.EqualTo(TimeSpan.FromSeconds(20)));
        Assert.That(EvictionPlan.For(due, [One(0, 0, 5, 1, false)], false, TimeSpan.FromSeconds(50))!.End.Grace, Is.EqualTo(TimeSpan.FromSeconds(30)), "no more than it asks for");
        // A short recovery begins the time anew.
        var again = first.Next(fine, thresholds, Transition, Now.AddSeconds(30)).Next(low, thresholds, Transition, Now.AddSeconds(61));
        Assert.That(again.Shortages, Is.Empty);
        var hard = first.Next(new Dictionary<Signal, Level> { [Signal.Memory] = new(5, 100) }, thresholds, Transition, Now.AddSeconds(61));
        Assert.That(EvictionPlan.For(hard, [One(0, 0, 5, 1, false)], false, TimeSpan.FromSeconds(20))!.End.Grace, Is.EqualTo(TimeSpan.FromSeconds(1)), "the hard one comes first");
    }

    [Test]
    public void Once_short_it_takes_the_minimum_reclaim_to_be_enough()
    {
        Dictionary<Signal, Level> Left(long available) => new() { [Signal.Memory] = new(available, 100) };
        Threshold[] thresholds = [new Threshold(Signal.Memory, null, 0.5) { Reclaim = new(Quantity.Of(10), null) }];
        Assert.That(Pressure.None.Next(Left(55), thresholds, Transition, Now).Shortages, Is.Empty);
        var met = Pressure.None.Next(Left(49), thresholds, Transition, Now);
        Assert.That(met.Next(Left(59), thresholds, Transition, Now).Shortages, Has.One.Items);
        var enough = met.Next(Left(60), thresholds, Transition, Now);
        Assert.That(enough.Shortages, Is.Empty);
        Assert.That(enough.Next(Left(55), thresholds, Transition, Now).Shortages, Is.Empty, "it isn't short again before the threshold");
    }

    [TestCase("memory.available<1Gi", "memory.available=90s", "memory.available=100Mi,nodefs.available=5%", null)]
    [TestCase("", "", "", null)]
    [TestCase("memory.available<1Gi", "", "", "memory.available: a soft threshold needs a grace period")]
    [TestCase("memory.available<1Gi", "memory.available=soon", "", "soon: must be a duration")]
    [TestCase("memory.available<1Gi", "memory=1s", "", "memory: must be one of")]
    [TestCase("", "", "memory.available=lots", "lots: must be an amount")]
    [TestCase("memory.available=1Gi", "", "", "must be SIGNAL<AMOUNT")]
    public void Soft_thresholds_are_read_or_refused(string soft, string graces, string reclaims, string? fault)
    {
        var (thresholds, said) = Threshold.Combine(Threshold.Defaults, soft, graces, reclaims, t => t == "90s" ? TimeSpan.FromSeconds(90) : null);
        Assert.That(said ?? "", fault is null ? Is.Empty : Does.Contain(fault));
        if (soft.Length == 0 || fault is not null) return;
        var both = thresholds.Where(t => t.Signal == Signal.Memory).ToArray();
        Assert.That(both.Select(t => t.Grace), Is.EqualTo(new TimeSpan?[] { null, TimeSpan.FromSeconds(90) }));
        Assert.That(both.All(t => t.Reclaim!.Of(0) == Quantity.Parse("100Mi")), Is.True);
    }

    [Test]
    public void Pods_cannot_have_what_is_reserved_or_would_evict_them()
    {
        var capacity = new Dictionary<string, Quantity> { ["cpu"] = Quantity.Of(2), ["memory"] = Quantity.Parse("1000Mi"), ["ephemeral-storage"] = Quantity.Parse("10Gi"), ["pods"] = Quantity.Of(110) };
        var reserved = new Dictionary<string, Quantity> { ["cpu"] = Quantity.Parse("500m"), ["memory"] = Quantity.Parse("200Mi"), ["ephemeral-storage"] = Quantity.Parse("10Gi") };
        var left = NodeFacts.AllocatableOf(capacity, reserved, [.. Threshold.Defaults, new Threshold(Signal.Memory, Quantity.Parse("500Mi"), null) { Grace = TimeSpan.Zero }]);
        Assert.That((left["cpu"].ToString(), left["memory"].ToString(), left["ephemeral-storage"].Value, left["pods"].ToString()), Is.EqualTo(("1500m", "700Mi", 0L, "110")));
    }

    [TestCase("memory.available<100Mi,nodefs.available<10%", null)]
    [TestCase("", null)]
    [TestCase("memory<1", "memory: must be one of")]
    [TestCase("memory.available", "must be SIGNAL<AMOUNT")]
    [TestCase("memory.available<110%", "percentage from 0% to 100%")]
    [TestCase("memory.available<x", "must be an amount")]
    [TestCase("memory.available<1,memory.available<2", "given twice")]
    public void Thresholds_are_read_or_refused(string text, string? fault) =>
        Assert.That(Threshold.Parse(text).Fault ?? "", fault is null ? Is.Empty : Does.Contain(fault));

    /// <summary>Whoever goes is not critical, and nobody more deserving stays: no other exceeds while he doesn't, none of his kind is less important.</summary>
    [FsCheck.NUnit.Property]
    public Property The_right_one_goes() => Prop.ForAll(Gen.Choose(0, 5).Four().ArrayOf().Select(all => all.Select((v, i) => One(i, v.Item1, v.Item2, v.Item3, v.Item4 == 0)).ToArray()).ToArbitrary(), pods =>
    {
        var pressure = Pressure.None.Next(new Dictionary<Signal, Level> { [Signal.Memory] = new(1, 100) }, [new(Signal.Memory, null, 0.5)], Transition, Now);
        var eviction = EvictionPlan.For(pressure, pods, false);
        if (eviction is null) return pods.All(p => p.IsCritical);
        var gone = pods.First(p => p.Pod.Metadata.Uid == eviction.PodUid);
        bool Exceeds(PodLoad p) => p.MemoryBytes > p.Requested("memory");
        return !gone.IsCritical && pods.Where(p => !p.IsCritical).All(p => (!Exceeds(p) || Exceeds(gone)) && (Exceeds(p) != Exceeds(gone) || gone.Priority <= p.Priority));
    });

    [FsCheck.NUnit.Property]
    public bool Without_a_shortage_nobody_goes(long available)
    {
        var level = Math.Abs(available % 1000) + 1000;
        var pressure = Pressure.None.Next(new Dictionary<Signal, Level> { [Signal.Memory] = new(level, 10_000) }, [new(Signal.Memory, Quantity.Of(1000), null)], Transition, Now);
        return EvictionPlan.For(pressure, [One(0, 0, 5, 1, false)], false) is null && pressure.Conditions.Count == 0;
    }

    private static PodLoad One(int index, int priority, int used, int requested, bool critical) => Load(new JsonMap
    {
        { "name", $"p{index}" }, { "priority", critical ? 2_000_000_000 : priority }, { "memory", $"{used}" }, { "request", new JsonMap { { "memory", $"{requested}" } } },
    });

    private static Level Level(string text)
    {
        var parts = text.Split(" of ");
        return new(Quantity.Parse(parts[0]).Value, Quantity.Parse(parts[1]).Value);
    }

    private static long Amount(JsonMap map, string key) => Quantity.Parse(map[key]).Value;

    private static PodLoad Load(JsonMap given)
    {
        var name = given.Text("name")!;
        var resources = new JsonMap();
        if (given.Map("request") is { } request) resources.Add("requests", request.Clone());
        if (given.Text("limit") is { } limit) resources.Add("limits", new JsonMap { { "ephemeral-storage", limit } });
        var containers = JsonList.Of(new JsonMap { { "name", "c" }, { "image", "i" }, { "resources", resources } });
        if (given.Text("second") is { } second) containers.Add(new JsonMap { { "name", "d" }, { "image", "i" }, { "resources", new JsonMap { { "limits", new JsonMap { { "ephemeral-storage", second } } } } } });
        var metadata = new JsonMap { { "name", name }, { "namespace", "ns" }, { "uid", name } };
        if (given.Bool("static") == true) metadata.Add("annotations", new JsonMap { { "kubernetes.io/config.source", "file" } });
        var empty = new JsonMap();
        if (given.Text("sizeLimit") is { } size) empty.Add("sizeLimit", size);
        var pod = KubeJson.FromTree<Pod>(new JsonMap
        {
            { "metadata", metadata },
            { "spec", new JsonMap { { "priority", given.Whole("priority") ?? 0 }, { "containers", containers }, { "volumes", JsonList.Of(new JsonMap { { "name", "v" }, { "emptyDir", empty } }) } } },
        });
        var identity = new PodIdentity(name, "ns", name);
        var use = new CgroupUse { WorkingSetBytes = Amount(given, "memory"), Processes = given.Whole("processes") ?? 0 };
        var (layer, logs, volume) = (new DiskUse(Amount(given, "layer"), given.Whole("files") ?? 1), new DiskUse(Amount(given, "logs"), 1), new DiskUse(Amount(given, "volume"), 1));
        return new(pod, new(identity, $"/kubepods/pod{name}", Now)
        {
            Use = use, Ephemeral = layer + logs + volume,
            Containers = [new(new(name + "c", identity, "c", 0, ContainerPhase.Running), "") { Use = use, Layer = layer, Logs = logs }],
            Volumes = [new("v", FileSystemUse.Unknown, volume) { IsEphemeral = true }],
        });
    }
}
