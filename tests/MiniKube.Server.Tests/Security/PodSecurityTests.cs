using MiniKube.Machinery;

namespace MiniKube.Server.Tests.Security;

/// <summary>The levels of pod security as a namespace asks for them.</summary>
[TestFixture]
public sealed class PodSecurityTests
{
    private const string Good = """
        "securityContext":{"runAsNonRoot":true,"seccompProfile":{"type":"RuntimeDefault"}},
        "containers":[{"name":"c","image":"i","securityContext":{"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"]}}}]
        """;

    private TestServer server = null!;

    [SetUp]
    public async Task Start() => server = await TestServer.Start();

    [TearDown]
    public async Task Stop() => await server.DisposeAsync();

    [TestCase("privileged", "\"hostPID\":true,\"containers\":[{\"name\":\"c\",\"image\":\"i\",\"securityContext\":{\"privileged\":true}}]", null)]
    [TestCase("baseline", "\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]", null)]
    [TestCase("baseline", "\"hostNetwork\":true,\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]",
        "pods \"p\" is forbidden: violates PodSecurity \"baseline:latest\": host namespaces (hostNetwork=true)")]
    [TestCase("baseline", "\"containers\":[{\"name\":\"c\",\"image\":\"i\",\"securityContext\":{\"privileged\":true}}]",
        "pods \"p\" is forbidden: violates PodSecurity \"baseline:latest\": privileged (container \"c\" must not set securityContext.privileged=true)")]
    [TestCase("restricted", Good, null)]
    [TestCase("restricted", "\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]",
        "pods \"p\" is forbidden: violates PodSecurity \"restricted:latest\": allowPrivilegeEscalation != false (container \"c\" must set securityContext.allowPrivilegeEscalation=false), "
        + "unrestricted capabilities (container \"c\" must set securityContext.capabilities.drop=[\"ALL\"]), "
        + "runAsNonRoot != true (pod or container \"c\" must set securityContext.runAsNonRoot=true), "
        + "seccompProfile (pod or container \"c\" must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\")")]
    public async Task A_level_is_enforced(string level, string spec, string? refusal)
    {
        await Label("enforce", level);
        var (code, body) = await Create(spec);
        Assert.That((code, code == 201 ? null : body.Text("message")), Is.EqualTo((refusal is null ? 201 : 403, refusal)));
    }

    [Test]
    public async Task A_level_to_warn_of_refuses_nothing()
    {
        await Label("warn", "baseline");
        var (code, _) = await Create("\"hostPID\":true,\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]");
        Assert.That(code, Is.EqualTo(201));
    }

    [TestCase("v1.7", "runAsNonRoot != true")]
    [TestCase("v1.18", "allowPrivilegeEscalation != false")]
    [TestCase("v1.19", "seccompProfile")]
    [TestCase("v1.22", "unrestricted capabilities")]
    [TestCase("v1.99", "unrestricted capabilities")]
    public async Task A_level_is_that_of_its_version(string version, string newest)
    {
        await Label("enforce", "restricted");
        await Label("enforce-version", version);
        var (code, body) = await Create("\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]");
        Assert.That((code, body.Text("message")!.Contains($"\"restricted:{version}\"", StringComparison.Ordinal)), Is.EqualTo((403, true)), body.ToString());
        string[] order = ["runAsNonRoot != true", "allowPrivilegeEscalation != false", "seccompProfile", "unrestricted capabilities"];
        var expected = Array.IndexOf(order, newest) + 1;
        Assert.That(order.Count(o => body.Text("message")!.Contains(o, StringComparison.Ordinal)), Is.EqualTo(expected), body.Text("message"));
    }

    [TestCase("enforce", "strict", "must be one of privileged, baseline, restricted")]
    [TestCase("warn", "", "must be one of privileged, baseline, restricted")]
    [TestCase("audit-version", "1.24", "must be \"latest\" or \"v1.x\"")]
    [TestCase("enforce-version", "v1.07", "must be \"latest\" or \"v1.x\"")]
    [TestCase("enforce-version", "v2.1", "must be \"latest\" or \"v1.x\"")]
    public async Task A_label_that_can_not_be_read_is_refused(string mode, string value, string rule)
    {
        var (code, body) = await Label(mode, value);
        Assert.That((code, body.Text("message")), Is.EqualTo((422, $"Namespace \"ref\" is invalid: metadata.labels[pod-security.kubernetes.io/{mode}]: Invalid value: \"{value}\": {rule}")));
    }

    [Test]
    public async Task Pods_that_are_there_are_told_of_when_a_level_comes()
    {
        await Create("\"hostPID\":true,\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]");
        var request = new ApiRequest
        {
            Info = RequestInfo.Of("PATCH", "/api/v1/namespaces/ref", Query.Empty), User = TestServer.Admin, ContentType = "application/merge-patch+json",
            Body = "{\"metadata\":{\"labels\":{\"pod-security.kubernetes.io/enforce\":\"baseline\"}}}"u8.ToArray(),
        };
        await server.Assembly.Api.Handle(request);
        Assert.That(request.Warnings, Is.EqualTo(new[] { "existing pods in namespace \"ref\" violate the new PodSecurity enforce level \"baseline:latest\"", "p: host namespaces" }));
    }

    private Task<(int Code, JsonMap Body)> Create(string spec) => server.Send("POST", "/api/v1/namespaces/ref/pods", "{\"metadata\":{\"name\":\"p\"},\"spec\":{" + spec + "}}");

    private Task<(int Code, JsonMap Body)> Label(string mode, string level) => server.Send("PATCH", "/api/v1/namespaces/ref",
        $$$"""{"metadata":{"labels":{"pod-security.kubernetes.io/{{{mode}}}":"{{{level}}}"} } }""", "application/merge-patch+json");
}
