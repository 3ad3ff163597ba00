using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Scheduler.Tests;

/// <summary>Whom a change of a node has tried again.</summary>
public class HintTests
{
    private const string Tainted = """{"metadata":{"name":"n"},"spec":{"taints":[{"key":"node.kubernetes.io/not-ready","effect":"NoSchedule"}]}}""";
    private const string Plain = """{"metadata":{"name":"n"}}""";
    private const string Cordoned = """{"metadata":{"name":"n"},"spec":{"unschedulable":true}}""";

    [TestCase("""{"metadata":{"name":"p"},"spec":{"containers":[{"name":"c"}]}}""", "TaintToleration", Tainted, Plain, true, TestName = "A_taint_that_is_gone_helps_whom_it_kept_out")]
    [TestCase("""{"metadata":{"name":"p"},"spec":{"nodeSelector":{"x":"y"},"containers":[{"name":"c"}]}}""", "TaintToleration", Tainted, Plain, true, TestName = "Whom_something_else_keeps_out_is_told_of_that_now")]
    [TestCase("""{"metadata":{"name":"p"},"spec":{"nodeSelector":{"x":"y"},"containers":[{"name":"c"}]}}""", "NodeAffinity", Tainted, Plain, false, TestName = "Who_was_kept_out_by_something_else_waits_on")]
    [TestCase("""{"metadata":{"name":"p"},"spec":{"nodeSelector":{"x":"y"},"containers":[{"name":"c"}]}}""", "TaintToleration", Plain, Plain, false, TestName = "A_node_that_never_had_the_taint_changes_nothing")]
    [TestCase("""{"metadata":{"name":"p"},"spec":{"containers":[{"name":"c"}]}}""", "NodeUnschedulable", Plain, Cordoned, false, TestName = "A_node_that_closes_helps_nobody")]
    [TestCase("""{"metadata":{"name":"p"},"spec":{"nodeSelector":{"x":"y"},"containers":[{"name":"c"}]}}""", "TaintToleration", null, Plain, true, TestName = "A_node_that_comes_is_looked_at_by_whom_taints_kept_out")]
    public void A_change_of_a_node(string pod, string rejectedBy, string? before, string after, bool expected)
    {
        var queued = new QueuedPod(new(PlacementTests.Item<Pod>(JsonReader.ParseMap(pod))), DateTimeOffset.UnixEpoch) { RejectedBy = new HashSet<string> { rejectedBy } };
        var change = new ClusterEvent.NodeChanged(Node(after), before is null ? null : Node(before));
        Assert.That(EventHints.MayHelp(change, queued), Is.EqualTo(expected));
    }

    private static NodeInfo Node(string json) => new(PlacementTests.Item<Node>(JsonReader.ParseMap(json)));
}
