using MiniKube.Machinery;
using MiniKube.Server.Usage;

namespace MiniKube.Server.Tests;

public sealed class UsageTests
{
    private static JsonMap Summary(int second, long node, params (string Pod, string Started, long Spent, long Memory)[] containers) => new()
    {
        {
            "node", new JsonMap
            {
                { "nodeName", "n" }, { "cpu", new JsonMap { { "time", $"2026-01-01T00:00:{second:00}Z" }, { "usageCoreNanoSeconds", node } } }, { "memory", Memory(4096) },
            }
        },
        { "pods", new JsonList(containers.Select(c => (Json)Pod(c.Pod, c.Started, c.Spent, c.Memory))) },
    };

    private static JsonMap Pod(string name, string started, long spent, long memory) => new()
    {
        { "podRef", new JsonMap { { "name", name }, { "namespace", "ns" }, { "uid", $"u-{name}" } } },
        {
            "containers", JsonList.Of(new JsonMap
            {
                { "name", "c" }, { "startTime", started }, { "cpu", new JsonMap { { "usageCoreNanoSeconds", spent } } }, { "memory", Memory(memory) },
            })
        },
    };

    private static JsonMap Memory(long bytes) => new() { { "workingSetBytes", bytes } };

    [Test]
    public void Use_is_what_two_looks_differ_by()
    {
        var usage = NodeUsage.Between(Summary(10, 1_000, ("a", "t", 500, 1)), Summary(12, 5_000, ("a", "t", 700, 2048)))!;
        Assert.That((usage.Node, usage.Window, usage.CpuNanos, usage.MemoryBytes), Is.EqualTo(("n", TimeSpan.FromSeconds(2), 2_000L, 4096L)));
        var pod = usage.Pods.Single();
        Assert.That((pod.Namespace, pod.Name, pod.Uid), Is.EqualTo(("ns", "a", "u-a")));
        Assert.That(pod.Containers, Is.EqualTo(new[] { new ContainerUsage("c", 100, 2048) }));
    }

    [Test]
    public void Who_was_not_there_before_or_began_anew_is_not_told_of()
    {
        var usage = NodeUsage.Between(Summary(10, 1_000, ("anew", "t1", 900, 1)), Summary(11, 1_000, ("anew", "t2", 5, 1), ("new", "t", 7, 1)))!;
        Assert.That(usage.Pods, Is.Empty);
        Assert.That(usage.CpuNanos, Is.Zero);
    }

    [Test]
    public void Looks_of_one_moment_or_without_a_time_tell_nothing()
    {
        Assert.That(NodeUsage.Between(Summary(10, 1), Summary(10, 2)), Is.Null);
        Assert.That(NodeUsage.Between(Summary(11, 1), Summary(10, 2)), Is.Null);
        Assert.That(NodeUsage.Between([], Summary(10, 2)), Is.Null);
        Assert.That(NodeUsage.Between(Summary(10, 2), Summary(11, 1)), Is.Null, "a counter that went back");
    }
}
