using MiniKube.Kinds.Core;
using MiniKube.Kubelet.Pods;
using MiniKube.Machinery;

namespace MiniKube.Kubelet.Tests;

/// <summary>What is told of a change of amounts, from the conditions before and after.</summary>
[TestFixture]
public sealed class ResizeEventTests
{
    private static readonly PodCondition Going = new() { Type = "PodResizeInProgress", Status = "True" };
    private static readonly PodCondition Failing = Going with { Reason = "Error", Message = "no cgroup" };
    private static readonly PodCondition Deferred = new() { Type = "PodResizePending", Status = "True", Reason = "Deferred", Message = "Node didn't have enough resource: cpu, requested: 6000, used: 3950, capacity: 8000" };
    private static readonly PodCondition Infeasible = new() { Type = "PodResizePending", Status = "True", Reason = "Infeasible", Message = "Node didn't have enough capacity: cpu, requested: 900000, capacity: 2000" };

    private static IEnumerable<TestCaseData> Changes()
    {
        yield return new TestCaseData(null, null, Array.Empty<string>()).SetName("Nothing_goes_on");
        yield return new TestCaseData(null, Going, new[] { "Normal ResizeStarted Pod resize started: " }).SetName("It_begins");
        yield return new TestCaseData(Going, Going, Array.Empty<string>()).SetName("It_goes_on");
        yield return new TestCaseData(Going, null, new[] { "Normal ResizeCompleted Pod resize completed: " }).SetName("It_is_done");
        yield return new TestCaseData(null, Deferred, new[] { "Warning ResizeDeferred Pod resize OutOfcpu: " }).SetName("It_has_to_wait");
        yield return new TestCaseData(Deferred, Deferred, Array.Empty<string>()).SetName("It_still_waits");
        yield return new TestCaseData(Deferred, Deferred with { Message = "Node didn't have enough resource: memory, requested: 1, used: 1, capacity: 1" }, new[] { "Warning ResizeDeferred Pod resize OutOfmemory: " }).SetName("It_waits_for_something_else");
        yield return new TestCaseData(null, Infeasible, new[] { "Warning ResizeInfeasible Pod resize Infeasible: " }).SetName("It_can_never_be");
        yield return new TestCaseData(Deferred, Going, new[] { "Normal ResizeStarted Pod resize started: " }).SetName("There_is_room_now");
        yield return new TestCaseData(Going, Failing, new[] { "Warning ResizeError Pod resize error: " }).SetName("It_fails");
        yield return new TestCaseData(Failing, Failing, Array.Empty<string>()).SetName("It_fails_as_before");
        yield return new TestCaseData(Going, Infeasible, new[] { "Warning ResizeInfeasible Pod resize Infeasible: ", "Normal ResizeCompleted Pod resize completed: " }).SetName("Asked_for_more_as_it_is_done");
    }

    [TestCaseSource(nameof(Changes))]
    public void Each_change_is_told_once(PodCondition? before, PodCondition? after, string[] told)
    {
        var pod = new Pod
        {
            Metadata = new() { Generation = 2 },
            Spec = new() { Containers = [new() { Name = "c", Resources = new() { Limits = new Dictionary<string, Quantity> { ["cpu"] = Quantity.Parse("6") } } }] },
            Status = new() { Conditions = before is null ? [] : [before] },
        };
        var events = ResizeEvents.Of(pod, pod, new() { Conditions = after is null ? [] : [after] }).ToArray();
        Assert.That(events.Select(e => $"{e.Type} {e.Reason} {e.Message[..e.Message.IndexOf('{')]}"), Is.EqualTo(told));
        if (events.Length == 0) return;
        var error = after?.Message is { } message ? $",\"error\":\"{message}\"" : "";
        Assert.That(events[0].Message, Does.EndWith($"{{\"containers\":[{{\"name\":\"c\",\"resources\":{{\"limits\":{{\"cpu\":\"6\"}}}}}}],\"generation\":2{error}}}"));
    }

    [TestCase("6", "1Gi", "Deferred Node didn't have enough resource: cpu, requested: 6000, used: 3000, capacity: 8000")]
    [TestCase("6", "3Gi", "Deferred Node didn't have enough resource: cpu, requested: 6000, used: 3000, capacity: 8000")]
    [TestCase("1", "3Gi", "Deferred Node didn't have enough resource: memory, requested: 3221225472, used: 2147483648, capacity: 4294967296")]
    [TestCase("9", "1Gi", "Infeasible Node didn't have enough capacity: cpu, requested: 9000, capacity: 8000")]
    [TestCase("9", "5Gi", "Infeasible Node didn't have enough capacity: memory, requested: 5368709120, capacity: 4294967296")]
    [TestCase("5", "2Gi", null)]
    public void What_is_short_is_named_in_upstreams_order(string cpu, string memory, string? told)
    {
        static Pod Asking(string uid, string cpu, string memory) => new()
        {
            Metadata = new() { Uid = uid },
            Spec = new() { Containers = [new() { Name = "c", Resources = new() { Requests = new Dictionary<string, Quantity> { ["cpu"] = Quantity.Parse(cpu), ["memory"] = Quantity.Parse(memory) } } }] },
        };
        var node = new Dictionary<string, Quantity> { ["cpu"] = Quantity.Parse("8"), ["memory"] = Quantity.Parse("4Gi") };
        var refusal = ResizeStep.Refusal(Asking("a", cpu, memory), [Asking("a", "1", "1Mi"), Asking("b", "3", "2Gi")], node);
        Assert.That(refusal is null ? null : $"{refusal.Reason} {refusal.Message}", Is.EqualTo(told));
    }

    [TestCase(100, 200, 50, null)]
    [TestCase(100, 200, 150, "cannot decrease memory limits: attempting to set container \"c\" memory limit (100) below current usage (150)")]
    [TestCase(100, 0, 150, "cannot decrease memory limits: attempting to set container \"c\" memory limit (100) below current usage (150)")]
    [TestCase(300, 200, 350, null)]
    [TestCase(0, 200, 350, null)]
    public void No_limit_is_set_below_what_is_used(long wanted, long now, long used, string? fault) => Assert.That(ResizeStep.BelowUse([("container \"c\"", wanted, now, used)]), Is.EqualTo(fault));

    [Test]
    public void Every_limit_that_is_too_low_is_named() =>
        Assert.That(ResizeStep.BelowUse([("pod", 1, 3, 2), ("container \"c\"", 1, 3, 2)]), Is.EqualTo("cannot decrease memory limits: [attempting to set pod memory limit (1) below current usage (2), attempting to set container \"c\" memory limit (1) below current usage (2)]"));
}
