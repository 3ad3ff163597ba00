using System.Text;
using MiniKube.ControlLoop;
using MiniKube.Kinds.Admission;

namespace MiniKube.Controllers.Tests;

[TestFixture]
public sealed class PolicyStatusTests
{
    [TestCase("apps", "deployments", "object.spec.replicas <= 5", null)]
    [TestCase("apps", "deployments", "object.replicas > 1", "apps/v1, Kind=Deployment: ERROR: <input>:1:7: undefined field 'replicas'\n | object.replicas > 1\n | ......^")]
    [TestCase("apps", "deployments", "object.spec.template.spec.containers.all(c, c.imagee != '')",
        "apps/v1, Kind=Deployment: ERROR: <input>:1:46: undefined field 'imagee'\n | object.spec.template.spec.containers.all(c, c.imagee != '')\n | .............................................^")]
    [TestCase("*", "deployments", "object.replicas > 1", null)]
    [TestCase("apps", "nothings", "object.replicas > 1", null)]
    public void Expressions_that_fit_no_kind_are_pointed_out(string group, string plural, string expression, string? warning)
    {
        var told = PolicyTypes.Warnings(new()
        {
            MatchConstraints = new() { ResourceRules = [new() { ApiGroups = [group], ApiVersions = ["v1"], Operations = ["*"], Resources = [plural] }] },
            Validations = [new() { Expression = expression }],
        });
        Assert.That(told.Select(w => (w.FieldRef, w.Warning)), Is.EqualTo(warning is null ? [] : new[] { ("spec.validations[0].expression", warning) }));
    }

    [TestCase("", true)]
    [TestCase("\"observedGeneration\":1,\"typeChecking\":{}", true)]
    [TestCase("\"observedGeneration\":2,\"typeChecking\":{}", false)]
    public void A_policy_is_read_once_per_generation(string status, bool says)
    {
        var policy = Resources.Of<ValidatingAdmissionPolicy>().Item(Encoding.UTF8.GetBytes($$$"""
            {"apiVersion":"admissionregistration.k8s.io/v1","kind":"ValidatingAdmissionPolicy","metadata":{"name":"p","uid":"u","resourceVersion":"5","generation":2},
             "spec":{"validations":[{"expression":"true"}]},"status":{{{{status}}}}}
            """));
        var told = PolicyStatusController.PlanFor(policy).Actions.OfType<PlanAction.SetStatus>().SingleOrDefault()?.Status;
        Assert.That(told?.ToString(), Is.EqualTo(says ? """{"observedGeneration":2,"typeChecking":{}}""" : null));
    }
}
