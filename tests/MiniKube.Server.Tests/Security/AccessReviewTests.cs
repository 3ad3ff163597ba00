namespace MiniKube.Server.Tests.Security;

/// <summary>Questions about access that are none, each with all that is wrong with it.</summary>
[TestFixture]
public sealed class AccessReviewTests
{
    private const string Local = "/apis/authorization.k8s.io/v1/namespaces/ref/localsubjectaccessreviews";
    private const string Subject = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
    private const string Self = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

    private TestServer server = null!;

    [OneTimeSetUp]
    public async Task Start() => server = await TestServer.Start();

    [OneTimeTearDown]
    public async Task Stop() => await server.DisposeAsync();

    [TestCase(Subject, "{\"spec\":{\"user\":\"u\"}}", "spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified")]
    [TestCase(Subject, "{\"spec\":{\"resourceAttributes\":{\"verb\":\"get\"}}}", "spec.user: Invalid value: \"\": at least one of user or group must be specified")]
    [TestCase(Self, "{\"metadata\":{\"name\":\"n\"},\"spec\":{\"resourceAttributes\":{\"verb\":\"get\"}}}", "metadata: Invalid value: ")]
    [TestCase(Local, "{\"spec\":{\"user\":\"u\",\"resourceAttributes\":{\"verb\":\"get\",\"namespace\":\"x\"}}}", "spec.resourceAttributes.namespace: Invalid value: \"x\": must match metadata.namespace")]
    [TestCase(Local, "{\"spec\":{\"user\":\"u\",\"nonResourceAttributes\":{\"verb\":\"get\",\"path\":\"/x\"}}}", "disallowed on this kind of request")]
    [TestCase(Self, "{\"spec\":{\"resourceAttributes\":{\"fieldSelector\":{}}}}", "spec.resourceAttributes.fieldSelector.requirements: Required value: when spec.resourceAttributes.fieldSelector is specified, requirements or rawSelector is required")]
    [TestCase(Self, "{\"spec\":{\"resourceAttributes\":{\"labelSelector\":{\"rawSelector\":\"a=b\",\"requirements\":[{\"key\":\"a\",\"operator\":\"Exists\"}]}}}}", "spec.resourceAttributes.labelSelector.rawSelector: Invalid value: \"a=b\": may not specified at the same time as requirements")]
    [TestCase(Self, "{\"spec\":{\"resourceAttributes\":{\"fieldSelector\":{\"requirements\":[{\"key\":\"a\",\"operator\":\"In\"}]}}}}", "spec.resourceAttributes.fieldSelector.requirements[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'")]
    [TestCase(Self, "{\"spec\":{\"resourceAttributes\":{\"fieldSelector\":{\"requirements\":[{\"operator\":\"Exists\"}]}}}}", "spec.resourceAttributes.fieldSelector.requirements[0].key: Required value: must be specified")]
    public async Task A_question_that_is_none_is_refused(string path, string body, string fault)
    {
        var (code, answer) = await server.Send("POST", path, body);
        Assert.That($"{code} {answer.Text("message")}", Does.StartWith("422 ").And.Contain(fault));
    }

    [TestCase(Self, "{\"spec\":{\"resourceAttributes\":{\"verb\":\"get\",\"resource\":\"pods\"}}}")]
    [TestCase(Local, "{\"metadata\":{\"namespace\":\"ref\"},\"spec\":{\"user\":\"u\",\"groups\":[\"system:masters\"],\"resourceAttributes\":{\"verb\":\"get\",\"namespace\":\"ref\"}}}")]
    public async Task A_good_one_is_answered(string path, string body)
    {
        var (code, answer) = await server.Send("POST", path, body);
        Assert.That((code, answer.Map("status")?.Bool("allowed")), Is.EqualTo((201, true)), answer.ToString());
    }
}
