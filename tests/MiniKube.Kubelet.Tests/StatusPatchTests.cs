using MiniKube.Kinds.Core;
using MiniKube.Kubelet.Status;

namespace MiniKube.Kubelet.Tests;

[TestFixture]
public sealed class StatusPatchTests
{
    [Test]
    public void What_a_condition_no_longer_says_is_taken_back()
    {
        var told = new Pod { Metadata = new() { Name = "p", Uid = "u" }, Status = new() { Conditions = [new() { Type = "Ready", Status = "False", Reason = "ContainersNotReady", Message = "not yet" }] } };
        var patch = PodStatuses.Patch(told, new() { Conditions = [new() { Type = "Ready", Status = "True" }] });
        var condition = patch!.Map("status")!.List("conditions")!.Maps().Single();
        Assert.That((condition["reason"]?.IsNull, condition["message"]?.IsNull, condition.Text("status")), Is.EqualTo((true, true, "True")));
    }

    [Test]
    public void What_is_shown_already_is_not_told_again()
    {
        PodCondition[] conditions = [new() { Type = "Ready", Status = "True" }];
        var told = new Pod { Metadata = new() { Name = "p", Uid = "u" }, Status = new() { Conditions = [.. conditions, new() { Type = "example.com/gate", Status = "True", Message = "somebody else's" }] } };
        Assert.That(PodStatuses.Patch(told, new() { Conditions = conditions }), Is.Null);
    }
}
