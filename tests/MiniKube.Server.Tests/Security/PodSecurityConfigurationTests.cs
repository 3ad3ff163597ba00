namespace MiniKube.Server.Tests.Security;

/// <summary>What the owner's file makes of pod security: other defaults, and whom it passes over.</summary>
[TestFixture]
public sealed class PodSecurityConfigurationTests
{
    private const string File = """
        apiVersion: apiserver.config.k8s.io/v1
        kind: AdmissionConfiguration
        plugins:
        - name: PodSecurity
          configuration:
            apiVersion: pod-security.admission.config.k8s.io/v1
            kind: PodSecurityConfiguration
            defaults:
              enforce: baseline
              enforce-version: latest
              warn: restricted
            exemptions:
              usernames: [operator]
              runtimeClasses: [sandboxed]
              namespaces: [ref2]
        """;

    private static readonly UserInfo Operator = new("operator", [UserInfo.Masters, UserInfo.Authenticated]);

    private TestServer server = null!;

    [SetUp]
    public async Task Start()
    {
        server = await TestServer.Start(options: TestServer.Options with { Admission = AdmissionConfiguration.Read(File, _ => "").Value });
        await server.Send("POST", "/apis/node.k8s.io/v1/runtimeclasses", """{"metadata":{"name":"sandboxed"},"handler":"x"}""");
    }

    [TearDown]
    public async Task Stop() => await server.DisposeAsync();

    [Test]
    public async Task The_default_holds_where_no_label_says_otherwise()
    {
        var (refused, body) = await Create("ref", "\"hostPID\":true,");
        await Label("ref", "enforce", "privileged");
        var (allowed, _) = await Create("ref", "\"hostPID\":true,");
        Assert.That((refused, allowed), Is.EqualTo((403, 201)));
        Assert.That(body.Text("message"), Does.StartWith("pods \"p\" is forbidden: violates PodSecurity \"baseline:latest\": host namespaces (hostPID=true)"));
    }

    [Test]
    public async Task A_default_to_warn_of_warns()
    {
        var warnings = await Warnings("POST", "/api/v1/namespaces/ref/pods", Pod(""), TestServer.Admin);
        Assert.That(warnings.Single(), Does.StartWith("would violate PodSecurity \"restricted:latest\""));
    }

    [TestCase("ref2", "system:admin", "\"hostPID\":true,", "namespace")]
    [TestCase("ref", "operator", "\"hostPID\":true,", "user")]
    [TestCase("ref", "system:admin", "\"hostPID\":true,\"runtimeClassName\":\"sandboxed\",", "runtimeClass")]
    public async Task Who_is_exempt_is_neither_refused_nor_warned_and_the_log_says_why(string ns, string user, string spec, string why)
    {
        var annotations = new Dictionary<string, string>();
        var request = new ApiRequest
        {
            Info = RequestInfo.Of("POST", $"/api/v1/namespaces/{ns}/pods", Query.Empty), User = new UserInfo(user, [UserInfo.Masters]), ContentType = "application/json",
            Body = System.Text.Encoding.UTF8.GetBytes(Pod(spec)), Annotations = annotations,
        };
        Assert.That(await server.Assembly.Api.Handle(request), Is.InstanceOf<ApiResponse.Bytes>().With.Property("Status").EqualTo(201));
        Assert.That((request.Warnings.Count, annotations["pod-security.kubernetes.io/exempt"]), Is.EqualTo((0, why)));
    }

    [Test]
    public async Task Templates_of_the_exempt_warn_of_nothing()
    {
        const string deployment = """{"metadata":{"name":"d"},"spec":{"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}}""";
        Assert.That(await Warnings("POST", "/apis/apps/v1/namespaces/ref2/deployments", deployment, TestServer.Admin), Is.Empty);
        Assert.That(await Warnings("POST", "/apis/apps/v1/namespaces/ref/deployments", deployment, Operator), Is.Empty);
    }

    [Test]
    public async Task Labels_of_an_exempt_namespace_come_with_a_warning()
    {
        var warnings = await Warnings("PATCH", "/api/v1/namespaces/ref2", """{"metadata":{"labels":{"pod-security.kubernetes.io/enforce":"restricted"}}}""", TestServer.Admin);
        Assert.That(warnings, Is.EqualTo(new[] { "namespace \"ref2\" is exempt from Pod Security, and the policy (enforce=restricted) will be ignored" }));
    }

    [TestCase("kind: Policy", "not an AdmissionConfiguration")]
    [TestCase("kind: AdmissionConfiguration\nplugins: [{name: Gravity}]", "Gravity")]
    [TestCase("kind: AdmissionConfiguration\nplugins: [{name: PodSecurity, configuration: {kind: Other}}]", "not a PodSecurityConfiguration")]
    [TestCase("kind: AdmissionConfiguration\nplugins: [{name: PodSecurity, configuration: {kind: PodSecurityConfiguration, defaults: {enforce: strict}}}]", "must be one of privileged, baseline, restricted")]
    [TestCase("kind: AdmissionConfiguration\nplugins: [{name: PodSecurity, configuration: {kind: PodSecurityConfiguration, exemptions: {users: [a]}}}]", "unknown field \"exemptions.users\"")]
    [TestCase("kind: [", "")]
    public void A_file_that_says_something_else_is_refused(string text, string why) => Assert.That(AdmissionConfiguration.Read(text, _ => "").Error?.Message, Is.Not.Null.And.Contains(why));

    private static string Pod(string spec) => "{\"metadata\":{\"name\":\"p\"},\"spec\":{" + spec + "\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]}}";

    private Task<(int Code, Machinery.JsonMap Body)> Create(string ns, string spec) => server.Send("POST", $"/api/v1/namespaces/{ns}/pods", Pod(spec));

    private Task<(int Code, Machinery.JsonMap Body)> Label(string ns, string mode, string level) => server.Send("PATCH", $"/api/v1/namespaces/{ns}",
        $$$"""{"metadata":{"labels":{"pod-security.kubernetes.io/{{{mode}}}":"{{{level}}}"} } }""", "application/merge-patch+json");

    private async Task<List<string>> Warnings(string method, string path, string body, UserInfo user)
    {
        var request = new ApiRequest
        {
            Info = RequestInfo.Of(method, path, Query.Empty), User = user, ContentType = method == "PATCH" ? "application/merge-patch+json" : "application/json", Body = System.Text.Encoding.UTF8.GetBytes(body),
        };
        await server.Assembly.Api.Handle(request);
        return request.Warnings;
    }
}
