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

    private Task<(int Code, JsonMap Body)> Create(string spec) => server.Send("POST", "/api/v1/namespaces/ref/pods", "{\"metadata\":{\"name\":\"p\"},\"spec\":{" + spec + "}}");

    private async Task Label(string mode, string level) => await server.Send("PATCH", "/api/v1/namespaces/ref",
        $$$"""{"metadata":{"labels":{"pod-security.kubernetes.io/{{{mode}}}":"{{{level}}}"} } }""", "application/merge-patch+json");
}
