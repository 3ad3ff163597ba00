using MiniKube.Kinds.Core;
using MiniKube.Kubelet.Containers;
using MiniKube.Kubelet.Files;
using MiniKube.Machinery;

namespace MiniKube.Kubelet.Tests;

/// <summary>What is written where for a pod as a whole, in both hierarchies; the amounts are worked out with upstream's arithmetic.</summary>
[TestFixture]
public sealed class PodCgroupTests
{
    private string root = "";

    [SetUp]
    public void Begin() => root = Directory.CreateTempSubdirectory("minik-cgroup-").FullName;

    [TearDown]
    public void End() => Directory.Delete(root, recursive: true);

    [TestCase("""{"requests":{"cpu":"100m","memory":"32Mi"},"limits":{"cpu":"200m","memory":"64Mi"}}""", "4", "20000 100000", "67108864")]
    [TestCase("""{"requests":{"cpu":"1"}}""", "39", "max", "max")]
    [TestCase("""{"limits":{"cpu":"1m","memory":"1M"}}""", "1", "1000 100000", "1000000")]
    [TestCase("""{"requests":{"cpu":"300"},"limits":{"cpu":"300"}}""", "10000", "30000000 100000", "max")]
    [TestCase("{}", "1", "max", "max")]
    public void One_hierarchy_hands_its_controllers_down_and_holds_the_limits(string resources, string weight, string cpu, string memory)
    {
        foreach (var part in (string[])["", "kubepods", "kubepods/burstable"])
        {
            Directory.CreateDirectory(Path.Combine(root, part));
            File.WriteAllText(Path.Combine(root, part, "cgroup.controllers"), "cpuset cpu io memory pids\n");
        }
        Assert.That(PodCgroups.Apply("/kubepods/burstable/podu", Limits(resources), root), Is.True);
        foreach (var part in (string[])["", "kubepods", "kubepods/burstable"]) Assert.That(Read(part, "cgroup.subtree_control"), Is.EqualTo("+cpu +memory +pids"));
        Assert.That((Read("kubepods/burstable/podu", "cpu.weight"), Read("kubepods/burstable/podu", "cpu.max"), Read("kubepods/burstable/podu", "memory.max")), Is.EqualTo((weight, cpu, memory)));
        Assert.That(Directory.GetFiles(root, "*.shares", SearchOption.AllDirectories), Is.Empty);
    }

    [TestCase("""{"requests":{"cpu":"100m","memory":"32Mi"},"limits":{"cpu":"200m","memory":"64Mi"}}""", "102", "20000", "67108864")]
    [TestCase("{}", "2", "-1", "-1")]
    public void A_hierarchy_each_has_the_limits_in_its_own_words(string resources, string shares, string cpu, string memory)
    {
        Directory.CreateDirectory(Path.Combine(root, "cpu"));
        Assert.That(PodCgroups.Apply("/kubepods/podu", Limits(resources), root), Is.True);
        Assert.That((Read("cpu/kubepods/podu", "cpu.shares"), Read("cpu/kubepods/podu", "cpu.cfs_quota_us"), Read("memory/kubepods/podu", "memory.limit_in_bytes")), Is.EqualTo((shares, cpu, memory)));
    }

    [TestCase("", "4096", "8589934592", "32768")]
    [TestCase("cpu=500m memory=1Gi pid=1000", "3584", "7516192768", "31768")]
    [TestCase("cpu=9 memory=9Gi", "2", "-1", "32768")]
    public void All_pods_together_leave_alone_what_is_reserved(string reserved, string shares, string memory, string processes)
    {
        Directory.CreateDirectory(Path.Combine(root, "cpu"));
        var kept = reserved.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(r => r.Split('=')).ToDictionary(r => r[0], r => Quantity.Parse(r[1]));
        var limits = ResourceLimits.OfNode(new Dictionary<string, Quantity> { ["cpu"] = Quantity.Of(4), ["memory"] = Quantity.Parse("8Gi") }, 32_768, kept);
        Assert.That(PodCgroups.Apply("/kubepods", limits, root), Is.True);
        Assert.That((Read("cpu/kubepods", "cpu.shares"), Read("memory/kubepods", "memory.limit_in_bytes"), Read("pids/kubepods", "pids.max")), Is.EqualTo((shares, memory, processes)));

        File.WriteAllText(Path.Combine(root, "cgroup.controllers"), "cpu memory pids\n");
        Assert.That(PodCgroups.Apply("/kubepods", limits, root), Is.True);
        Assert.That((Read("kubepods", "memory.max"), Read("kubepods", "pids.max"), Read("kubepods", "cpu.max")), Is.EqualTo((memory == "-1" ? "max" : memory, processes, "max")));
    }

    [Test]
    public void Where_nothing_can_be_written_containers_have_their_own()
    {
        File.WriteAllText(Path.Combine(root, "cgroup.controllers"), "cpu");
        File.WriteAllText(Path.Combine(root, "kubepods"), "in the way");
        Assert.That(PodCgroups.Apply("/kubepods/podu", Limits("{}"), root), Is.False);
    }

    private static ContainerResources Limits(string resources) => ResourceLimits.OfPod(new()
    {
        Spec = new() { Containers = [new() { Name = "c", Resources = Kinds.KubeJson.FromTree<ResourceRequirements>(JsonReader.ReadMap(System.Text.Encoding.UTF8.GetBytes(resources))) }] },
    });

    private string Read(string group, string file) => File.ReadAllText(Path.Combine(root, group, file));
}
