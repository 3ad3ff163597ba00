using System.Text;
using MiniKube.ControlLoop;
using MiniKube.Kinds.Flowcontrol;
using MiniKube.Machinery;

namespace MiniKube.Controllers.Tests;

public sealed class FlowSchemaTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private static Item<FlowSchema> Schema(string conditions = "") => Resources.Of<FlowSchema>().Item(Encoding.UTF8.GetBytes(
        $$$"""{"apiVersion":"flowcontrol.apiserver.k8s.io/v1","kind":"FlowSchema","metadata":{"name":"s","uid":"u","resourceVersion":"5"},"spec":{"priorityLevelConfiguration":{"name":"low"}},"status":{"conditions":[{{{conditions}}}]}}"""));

    private static JsonMap? Said(string conditions, bool exists)
    {
        var plan = FlowSchemaController.PlanFor(new(Schema(conditions), exists, Now));
        return (plan.Actions.SingleOrDefault() as PlanAction.SetStatus)?.Status.List("conditions")!.OfType<JsonMap>().Single();
    }

    [TestCase(true, "False", "Found", "This FlowSchema references the PriorityLevelConfiguration object named \"low\" and it exists")]
    [TestCase(false, "True", "NotFound", "This FlowSchema references the PriorityLevelConfiguration object named \"low\" but there is no such object")]
    public void Whether_its_level_is_there_is_said(bool exists, string status, string reason, string message)
    {
        var said = Said("", exists)!;
        Assert.That((said.Text("type"), said.Text("status"), said.Text("reason"), said.Text("message"), said.Text("lastTransitionTime")),
            Is.EqualTo(("Dangling", status, reason, message, "2026-01-02T03:04:05Z")));
        Assert.That(Said(said.ToString(), exists), Is.Null, "and not again");
    }

    [Test]
    public void Another_level_that_is_there_too_is_no_transition()
    {
        var said = Said("""{"type":"Dangling","status":"False","reason":"Found","message":"another","lastTransitionTime":"2025-01-01T00:00:00Z"}""", exists: true)!;
        Assert.That(said.Text("message"), Does.Contain("\"low\""));
        Assert.That(said.Text("lastTransitionTime"), Is.EqualTo("2025-01-01T00:00:00Z"));
    }
}
