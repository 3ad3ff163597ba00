using MiniKube.Kubelet.Port;
using MiniKube.Kubelet.Stats;
using MiniKube.Machinery;

namespace MiniKube.Kubelet.Tests;

[TestFixture]
public sealed class StatsTests
{
    private string root = "";

    [SetUp]
    public void Make() => root = Directory.CreateTempSubdirectory("cgroups-").FullName;

    [TearDown]
    public void Remove() => Directory.Delete(root, recursive: true);

    [Test]
    public void One_tree_is_read()
    {
        Write("cgroup.controllers", "cpu memory");
        Write("kubepods/pod1/cpu.stat", "usage_usec 1500\nuser_usec 1000\nsystem_usec 500\nnr_periods 4\nnr_throttled 1\nthrottled_usec 20\n");
        Write("kubepods/pod1/cpu.max", "50000 100000\n");
        Write("kubepods/pod1/memory.current", "1000\n");
        Write("kubepods/pod1/memory.max", "max\n");
        Write("kubepods/pod1/memory.stat", "anon 300\nfile 700\ninactive_file 600\npgfault 9\npgmajfault 2\n");
        Write("kubepods/pod1/memory.events", "oom 1\noom_kill 3\n");
        Write("kubepods/pod1/cgroup.procs", "1\n");
        Write("kubepods/pod1/a/cgroup.procs", "2\n3\n");
        var use = new CgroupReader(root).Read("/kubepods/pod1")!;
        Assert.That(use, Has.Property("CpuNanos").EqualTo(1_500_000).And.Property("WorkingSetBytes").EqualTo(400).And.Property("RssBytes").EqualTo(300).And.Property("MemoryLimit").EqualTo(0)
            .And.Property("CpuQuota").EqualTo(50_000).And.Property("Processes").EqualTo(3).And.Property("OutOfMemoryKills").EqualTo(3).And.Property("ThrottledNanos").EqualTo(20_000));
    }

    [Test]
    public void Waiting_is_counted_where_the_kernel_counts_it()
    {
        Write("cgroup.controllers", "cpu memory");
        Write("kubepods/pod1/cpu.pressure", "some avg10=1.50 avg60=0.25 avg300=0.00 total=2500000\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n");
        Write("kubepods/pod1/io.pressure", "some avg10=0.00 avg60=0.00 avg300=12.00 total=7\n");
        var stalls = new CgroupReader(root).Read("/kubepods/pod1")!.Stalls!;
        Assert.That(stalls.Cpu, Is.EqualTo(new StallUse(new(1.5, 0.25, 0, 2_500_000), Stall.None)));
        Assert.That(stalls.Io, Is.EqualTo(new StallUse(new(0, 0, 12, 7), Stall.None)), "a kernel may have one line only");
        Assert.That(stalls.Memory, Is.Null);
        Write("kubepods/pod2/cpu.stat", "usage_usec 1\n");
        Assert.That(new CgroupReader(root).Read("/kubepods/pod2")!.Stalls, Is.Null);
    }

    [TestCase("")]
    [TestCase("not supported")]
    public void What_is_no_pressure_is_none(string text) => Assert.That(StallUse.Parse(text), Is.Null);

    [Test]
    public void Waiting_is_told_under_upstreams_names()
    {
        var stalls = new StallUses(new(new(1.5, 0.25, 0, 2_500_000), Stall.None), null, new(new(0, 0, 12, 7), Stall.None));
        var pod = new PodIdentity("u", "ns", "p");
        var sample = new NodeSample("n", DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch)
        {
            Stalls = stalls,
            Pods = [new(pod, "/kubepods/podu", DateTimeOffset.UnixEpoch) { Use = new() { Stalls = stalls }, Containers = [new(new("c", pod, "c", 0, ContainerPhase.Running), "/kubepods/podu/c")] }],
        };
        var summary = SummaryDocument.Of(sample);
        const string cpu = """{"full":{"total":0,"avg10":0,"avg60":0,"avg300":0},"some":{"total":2500000,"avg10":1.5,"avg60":0.25,"avg300":0}}""";
        foreach (var part in (JsonMap[])[summary.Map("node")!, (JsonMap)summary.List("pods")!.Single()])
        {
            Assert.That(JsonWriter.ToText(part.Map("cpu")!.Map("psi")!), Is.EqualTo(cpu));
            Assert.That(part.Map("io")!.Map("psi")!.Map("some")!.Whole("total"), Is.EqualTo(7));
            Assert.That(part.Map("memory")!.Has("psi"), Is.False);
        }
        Assert.That(((JsonMap)((JsonMap)summary.List("pods")!.Single()).List("containers")!.Single()).Has("io"), Is.False);
        var lines = CadvisorMetrics.Of(sample, new("", "", "", "", "", "")).Split('\n');
        Assert.That(lines.Count(l => l.StartsWith("container_pressure_cpu_waiting_seconds_total{", StringComparison.Ordinal)), Is.EqualTo(2));
        Assert.That(lines, Has.Some.StartsWith("container_pressure_cpu_waiting_seconds_total{container=\"\",id=\"/kubepods/podu\"").And.Some.Contains("} 2.5 "));
        Assert.That(lines, Has.None.Contains("container_pressure_memory"));
    }

    [Test]
    public void A_tree_for_each_controller_is_read()
    {
        Write("cpu,cpuacct/kubepods/pod1/cpuacct.usage", "1500000\n");
        Write("cpu,cpuacct/kubepods/pod1/cpu.shares", "102\n");
        Write("cpu,cpuacct/kubepods/pod1/cpu.cfs_quota_us", "-1\n");
        Write("memory/kubepods/pod1/memory.usage_in_bytes", "1000\n");
        Write("memory/kubepods/pod1/memory.limit_in_bytes", "9223372036854771712\n");
        Write("memory/kubepods/pod1/memory.stat", "total_rss 300\ntotal_inactive_file 1200\n");
        var reader = new CgroupReader(root);
        var use = reader.Read("/kubepods/pod1")!;
        Assert.That(use, Has.Property("CpuNanos").EqualTo(1_500_000).And.Property("WorkingSetBytes").EqualTo(0).And.Property("RssBytes").EqualTo(300).And.Property("MemoryLimit").EqualTo(0)
            .And.Property("CpuShares").EqualTo(102).And.Property("CpuQuota").EqualTo(0));
        Assert.That(reader.Read("/kubepods/pod2"), Is.Null);
        Assert.That(reader.PathOf(["5:cpu,cpuacct:/x", "4:memory:/kubepods/pod1/c", "0::/z"]), Is.EqualTo("/kubepods/pod1/c"));
    }

    [Test]
    public void Disk_use_counts_files_once_and_follows_no_links()
    {
        Write("d/a", new string('x', 10_000));
        Directory.CreateDirectory(Path.Combine(root, "d/sub"));
        File.CreateSymbolicLink(Path.Combine(root, "d/link"), "/");
        var use = DiskUse.Of(Path.Combine(root, "d"));
        Assert.That(use.Inodes, Is.EqualTo(4));
        Assert.That(use.Bytes, Is.InRange(10_000, 100_000));
        Assert.That(DiskUse.Of(Path.Combine(root, "none")), Is.EqualTo(DiskUse.None));
    }

    [Test]
    public void Rates_need_two_looks_at_the_same_counter()
    {
        var (rates, now) = (new CpuRates(), new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        Assert.That(rates.Of("a", now, 1_000), Is.Null);
        Assert.That(rates.Of("a", now.AddSeconds(2), 2_000_001_000), Is.EqualTo(1_000_000_000));
        Assert.That(rates.Of("a", now.AddSeconds(2.1), 9_000_000_000), Is.EqualTo(1_000_000_000), "too soon for a new one");
        Assert.That(rates.Of("a", now.AddSeconds(4), 5), Is.Null, "another counter");
    }

    [Test]
    public void Traffic_is_read_from_the_kernels_table()
    {
        var found = InterfaceUse.Parse(["Inter-|   Receive", " face |bytes", "    lo: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0", "  eth0:100 2 3 4 0 0 0 0 200 5 6 7 0 0 0 0"]);
        Assert.That(found, Is.EqualTo((InterfaceUse[])[new("eth0", 100, 2, 3, 4, 200, 5, 6, 7)]));
    }

    [TestCase("GET", "/stats/summary", "get stats")]
    [TestCase("GET", "/metrics/cadvisor", "get metrics")]
    [TestCase("GET", "/logs/x", "get log")]
    [TestCase("GET", "/pods", "get pods proxy")]
    [TestCase("GET", "/runningpods/", "get pods proxy")]
    [TestCase("GET", "/healthz", "get healthz proxy")]
    [TestCase("GET", "/configz", "get configz proxy")]
    [TestCase("POST", "/exec/ns/p/c", "create proxy")]
    [TestCase("POST", "/run/ns/p/c", "create proxy")]
    [TestCase("GET", "/statsandmore", "get proxy")]
    [TestCase("GET", "/containerLogs/ns/p/c", "get proxy")]
    [TestCase("DELETE", "/pods", "delete pods proxy")]
    public void A_request_needs_a_permission(string method, string path, string wanted)
    {
        var (verb, parts) = NodePermissions.Of(method, path);
        Assert.That($"{verb} {string.Join(' ', parts)}", Is.EqualTo(wanted));
    }

    [Test]
    public void Metrics_escape_what_they_quote() =>
        Assert.That(new MetricText().Head("m", "gauge", "help").Line("m", 1.5, ("a", "x\"y\\z\n")).ToString(), Is.EqualTo("# HELP m help\n# TYPE m gauge\nm{a=\"x\\\"y\\\\z\\n\"} 1.5\n"));

    private void Write(string path, string text)
    {
        var file = Path.Combine(root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }
}
