using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Kinds.Tests;

/// <summary>What a pod counts for while its amounts change.</summary>
[TestFixture]
public sealed class PodAllocationTests
{
    [TestCase("2", null, null, "", ExpectedResult = "2", TestName = "Nobody has said anything yet")]
    [TestCase("2", "1", "1", "", ExpectedResult = "2", TestName = "More is on its way")]
    [TestCase("1", "1", "2", "", ExpectedResult = "2", TestName = "Less is on its way")]
    [TestCase("1", "3", "2", "", ExpectedResult = "3", TestName = "More was agreed to than is asked for now")]
    [TestCase("9", "1", "1", "Deferred", ExpectedResult = "9", TestName = "What may come is kept free")]
    [TestCase("9", "1", "2", "Infeasible", ExpectedResult = "2", TestName = "What can never come is not")]
    public string The_most_counts_that_can_be(string asked, string? agreed, string? has, string pending)
    {
        var pod = Asking(asked) with
        {
            Status = new()
            {
                Conditions = pending.Length == 0 ? [] : [new() { Type = "PodResizePending", Status = "True", Reason = pending }],
                ContainerStatuses = [new() { Name = "c", AllocatedResources = agreed is null ? null : Cpu(agreed), Resources = has is null ? null : new() { Requests = Cpu(has) } }],
            },
        };
        Assert.That(QuotaUsage.OfPod(pod, "requests.cpu"), Is.EqualTo(QuotaUsage.OfPod(pod, "cpu")));
        return QuotaUsage.OfPod(pod, "requests.cpu").ToString();
    }

    [Test]
    public void A_status_tells_what_was_agreed_to()
    {
        var pod = Asking("9") with { Status = new() { ContainerStatuses = [new() { Name = "c", AllocatedResources = Cpu("1"), Resources = new() { Limits = Cpu("2") } }] } };
        var agreed = PodAllocation.Agreed(pod).Spec!.Containers!.Single().Resources!;
        Assert.That((agreed.Requests!["cpu"].ToString(), agreed.Limits!["cpu"].ToString()), Is.EqualTo(("1", "2")));
        Assert.That(PodAllocation.SameAmounts(pod, PodAllocation.Agreed(pod)), Is.False);
        Assert.That(PodAllocation.SameAmounts(PodAllocation.With(pod, PodAllocation.Agreed(pod)), PodAllocation.Agreed(pod)), Is.True);
        Assert.That(PodAllocation.SameAmounts(pod, Asking("9000m")), Is.True);
    }

    private static Pod Asking(string cpu) => new() { Spec = new() { Containers = [new() { Name = "c", Resources = new() { Requests = Cpu(cpu) } }] } };

    private static Dictionary<string, Quantity> Cpu(string amount) => new() { ["cpu"] = Quantity.Parse(amount) };
}
