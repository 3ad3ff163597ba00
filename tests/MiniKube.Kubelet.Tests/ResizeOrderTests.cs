using MiniKube.Kinds.Core;
using MiniKube.Kubelet.Pods;
using MiniKube.Machinery;

namespace MiniKube.Kubelet.Tests;

/// <summary>Two pods of a node wait for more; one processor is left.</summary>
[TestFixture]
public sealed class ResizeOrderTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly Dictionary<string, Quantity> Node = new() { ["cpu"] = Quantity.Parse("3"), ["memory"] = Quantity.Parse("4Gi") };

    private static IEnumerable<TestCaseData> Pairs()
    {
        var plain = Asking("b");
        yield return new TestCaseData(Asking("a", priority: 10), plain).SetName("The_higher_priority_comes_first");
        yield return new TestCaseData(Asking("a", since: 5), Asking("b", since: 1, priority: -1)).SetName("None_is_a_priority_of_zero");
        yield return new TestCaseData(Asking("a", limits: "2"), Asking("b", since: 9)).SetName("Guaranteed_comes_before_burstable");
        yield return new TestCaseData(Asking("a", since: 9), Asking("b", since: 1)).SetName("Who_has_waited_longer_comes_first");
        yield return new TestCaseData(Asking("a", since: 1), plain).SetName("Who_has_waited_comes_before_who_hasnt");
        yield return new TestCaseData(Asking("a", wanted: "500m"), Asking("b", priority: 10, wanted: "2500m")).SetName("Less_comes_before_all");
    }

    [TestCaseSource(nameof(Pairs))]
    public void One_comes_before_the_other(Pod first, Pod second)
    {
        Assert.That(ResizeOrder.Refusal(first, [second, first], Node), Is.Null);
        if (first.Spec!.Containers![0].Resources!.Requests!["cpu"] > Quantity.Parse("1"))
            Assert.That(ResizeOrder.Refusal(second, [second, first], Node), Is.EqualTo(new ResizeRefusal("Deferred", "Node didn't have enough resource: cpu, requested: 2000, used: 2000, capacity: 3000")));
        else Assert.That(ResizeOrder.Refusal(second, [second, first], Node), Is.Null, "it gets what the other gives up");
    }

    [TestCase("Deferred", "3")]
    [TestCase("Infeasible", "30")]
    public void Who_cannot_have_his_keeps_nobody_back(string reason, string wanted)
    {
        var (first, second) = (Asking("a", priority: 10, wanted: wanted), Asking("b"));
        Assert.That(ResizeOrder.Refusal(first, [second], Node), Has.Property("Reason").EqualTo(reason));
        Assert.That(ResizeOrder.Refusal(second, [first], Node), Is.Null);
    }

    [Test]
    public void Who_is_on_its_way_out_gets_nothing_more()
    {
        var going = Asking("a", priority: 10);
        going = going with { Metadata = going.Metadata with { DeletionTimestamp = Noon } };
        Assert.That(ResizeOrder.Refusal(Asking("b"), [going], Node), Is.Null);
    }

    /// <summary>It has one processor, and wants two.</summary>
    private static Pod Asking(string uid, int? priority = null, string wanted = "2", string? limits = null, int? since = null)
    {
        static Dictionary<string, Quantity> Amounts(string cpu) => new() { ["cpu"] = Quantity.Parse(cpu), ["memory"] = Quantity.Parse("1Gi") };
        var (asked, most) = (Amounts(wanted), limits is null ? null : Amounts(limits));
        return new()
        {
            Metadata = new() { Uid = uid },
            Spec = new() { Priority = priority, Containers = [new() { Name = "c", Resources = new() { Requests = asked, Limits = most } }] },
            Status = new()
            {
                QosClass = limits is null ? "Burstable" : "Guaranteed",
                Conditions = since is { } ago ? [new() { Type = "PodResizePending", Status = "True", Reason = "Deferred", LastTransitionTime = Noon.AddMinutes(-ago) }] : [],
                ContainerStatuses = [new() { Name = "c", AllocatedResources = Amounts("1"), Resources = new() { Requests = Amounts("1"), Limits = most is null ? null : Amounts("1") } }],
            },
        };
    }
}
