using FsCheck;
using FsCheck.Fluent;
using MiniKube.Kinds;
using MiniKube.Kinds.Core;
using MiniKube.Kubelet.Eviction;
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
