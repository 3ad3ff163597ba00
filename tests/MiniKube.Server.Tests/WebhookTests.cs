using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using MiniKube.Machinery;

namespace MiniKube.Server.Tests;

/// <summary>Admission webhooks: what they are asked, over real TLS, and what their answers do.</summary>
[TestFixture]
public sealed class WebhookTests
{
    private const string Group = "/apis/admissionregistration.k8s.io/v1";
    private const string ConfigMaps = "/api/v1/namespaces/ref/configmaps";
    private const string Body = """{"metadata":{"name":"c","labels":{"x":"1"}},"data":{"a":"1"}}""";

    [TestCase("""{"message":"no such thing","code":409,"reason":"Conflict"}""", 409, "Conflict", "admission webhook \"w.example.com\" denied the request: no such thing")]
    [TestCase("""{"reason":"too odd"}""", 400, "too odd", "admission webhook \"w.example.com\" denied the request: too odd")]
    [TestCase("""{"code":200}""", 400, "", "admission webhook \"w.example.com\" denied the request without explanation")]
    [TestCase(null, 400, "", "admission webhook \"w.example.com\" denied the request without explanation")]
    public async Task A_webhook_refuses_in_its_own_words(string? status, int code, string reason, string message)
    {
        await using var hook = await Hook.Start(_ => new JsonMap { { "allowed", false } }, status);
        await using var server = await TestServer.Start();
        await Configure(server, "validating", hook);
        var (answered, answer) = await server.Send("POST", ConfigMaps, Body);
        Assert.That((answered, answer.Text("reason") ?? "", answer.Text("message")), Is.EqualTo((code, reason, message)), answer.ToString());
        Assert.That((await server.Send("GET", ConfigMaps + "/c")).Code, Is.EqualTo(404));
    }

    [Test]
    public async Task A_webhook_is_told_everything_about_the_request()
    {
        await using var hook = await Hook.Start(_ => new JsonMap { { "allowed", true } });
        await using var server = await TestServer.Start();
        await Configure(server, "validating", hook);
        await server.Send("POST", ConfigMaps + "?dryRun=All", Body);
        await server.Send("POST", ConfigMaps, Body);
        await server.Send("PATCH", ConfigMaps + "/c", """{"data":{"a":"2"}}""", "application/merge-patch+json");
        await server.Send("DELETE", ConfigMaps + "/c");
        var asked = hook.Asked.ToArray();
        Assert.Multiple(() =>
        {
            Assert.That(asked.Select(a => a.Text("operation")), Is.EqualTo(new[] { "CREATE", "CREATE", "UPDATE", "DELETE" }));
            Assert.That(asked.Select(a => a.Bool("dryRun")), Is.EqualTo(new bool?[] { true, false, false, false }));
            Assert.That(asked.Select(a => (a.Map("object") ?? []).Map("data")?.Text("a")), Is.EqualTo(new[] { "1", "1", "2", null }));
            Assert.That(asked.Select(a => (a.Map("oldObject") ?? []).Map("data")?.Text("a")), Is.EqualTo(new[] { null, null, "1", "2" }));
            Assert.That(asked.Select(a => a.Map("options")!.Text("kind")), Is.EqualTo(new[] { "CreateOptions", "CreateOptions", "UpdateOptions", "DeleteOptions" }));
            Assert.That(asked.Select(a => a.Text("uid")).Distinct().Count(), Is.EqualTo(4));
            Assert.That(asked[0].Map("kind")!.ToString(), Is.EqualTo("""{"group":"","version":"v1","kind":"ConfigMap"}"""));
            Assert.That(asked[0].Map("resource")!.ToString(), Is.EqualTo("""{"group":"","version":"v1","resource":"configmaps"}"""));
            Assert.That((asked[0].Text("name"), asked[0].Text("namespace"), asked[0].Map("userInfo")!.Text("username")), Is.EqualTo(("c", "ref", "system:admin")));
            Assert.That(asked[0].Map("object")!.Text("apiVersion") + asked[0].Map("object")!.Text("kind"), Is.EqualTo("v1ConfigMap"));
        });
    }

    [TestCase("pods/p/attach?stdin=true&container=c", "pods/attach", """{"group":"","version":"v1","kind":"PodAttachOptions"}""", """{"kind":"PodAttachOptions","apiVersion":"v1","stdin":true,"container":"c"}""")]
    [TestCase("pods/p/exec?stdout=1&command=a&command=b", "pods/*", """{"group":"","version":"v1","kind":"PodExecOptions"}""", """{"kind":"PodExecOptions","apiVersion":"v1","stdout":true,"command":["a","b"]}""")]
    [TestCase("pods/p/portforward?ports=80", "*/*", """{"group":"","version":"v1","kind":"PodPortForwardOptions"}""", """{"kind":"PodPortForwardOptions","apiVersion":"v1","ports":[80]}""")]
    [TestCase("services/p/proxy/a/b", "services/proxy", """{"group":"","version":"v1","kind":"ServiceProxyOptions"}""", """{"kind":"ServiceProxyOptions","apiVersion":"v1","path":"/a/b"}""")]
    public async Task A_connection_may_be_refused(string path, string resources, string kind, string options)
    {
        await using var hook = await Hook.Start(_ => new JsonMap { { "allowed", false } }, """{"message":"not here","code":403,"reason":"Forbidden"}""");
        await using var server = await TestServer.Start();
        await Configure(server, "validating", hook, rules: $$"""[{"apiGroups":[""],"apiVersions":["v1"],"operations":["CONNECT"],"resources":["{{resources}}"]}]""");
        var (code, answer) = await server.Send("GET", $"/api/v1/namespaces/ref/{path}");
        Assert.That((code, answer.Text("message")), Is.EqualTo((403, "admission webhook \"w.example.com\" denied the request: not here")), answer.ToString());
        var asked = hook.Asked.Single();
        Assert.Multiple(() =>
        {
            Assert.That((asked.Text("operation"), asked.Text("name"), asked.Text("namespace")), Is.EqualTo(("CONNECT", "p", "ref")));
            Assert.That(asked.Map("kind")!.ToString(), Is.EqualTo(kind));
            Assert.That(asked.Map("object")!.ToString(), Is.EqualTo(options));
            Assert.That(asked["options"], Is.EqualTo(Json.Null).Or.Null);
        });
    }

    [Test]
    public async Task A_path_may_be_empty()
    {
        await using var hook = await Hook.Start(_ => new JsonMap { { "allowed", true } });
        await using var server = await TestServer.Start();
        await Configure(server, "validating", hook, client: """{"service":{"name":"s","namespace":"ref","path":""}}""");
    }

    [Test]
    public async Task What_a_patch_adds_beyond_the_schema_is_dropped()
    {
        await using var hook = await Hook.Start(_ => Patch("""[{"op":"add","path":"/data/known","value":"yes"},{"op":"add","path":"/strange","value":{"a":"b"}}]"""));
        await using var server = await TestServer.Start();
        await Configure(server, "mutating", hook);
        var (code, made) = await server.Send("POST", ConfigMaps, Body);
        Assert.That((code, made.Map("data")?.Text("known"), made.Has("strange")), Is.EqualTo((201, "yes", false)), made.ToString());
    }

    [Test]
    public async Task A_patch_changes_the_object()
    {
        await using var hook = await Hook.Start(_ => Patch("""[{"op":"add","path":"/data/mutated","value":"yes"},{"op":"replace","path":"/metadata/name","value":"other"}]"""));
        await using var server = await TestServer.Start();
        await Configure(server, "mutating", hook);
        var (code, made) = await server.Send("POST", ConfigMaps, Body);
        Assert.That(code, Is.EqualTo(201), made.ToString());
        Assert.That((made.Map("data")!.Text("mutated"), made.Map("metadata")!.Text("name")), Is.EqualTo(("yes", "c")));
    }

    [TestCase("IfNeeded", 2)]
    [TestCase("Never", 1)]
    public async Task Who_wants_to_is_asked_again_when_others_changed_the_object_after_it(string reinvocation, int times)
    {
        await using var first = await Hook.Start(_ => new JsonMap { { "allowed", true } });
        await using var second = await Hook.Start(_ => Patch("""[{"op":"add","path":"/data/mutated","value":"yes"}]"""));
        await using var server = await TestServer.Start();
        await Configure(server, "mutating", first, $$""","reinvocationPolicy":"{{reinvocation}}" """, "a");
        await Configure(server, "mutating", second, name: "b");
        Assert.That((await server.Send("POST", ConfigMaps, Body)).Code, Is.EqualTo(201));
        Assert.That((first.Asked.Count, second.Asked.Count), Is.EqualTo((times, 1)));
        Assert.That(first.Asked.Last().Map("object")!.Map("data")!.Has("mutated"), Is.EqualTo(times == 2));
    }

    [TestCase("Fail", 500)]
    [TestCase("Ignore", 201)]
    public async Task Nobody_there_is_refused_or_let_pass(string policy, int code)
    {
        await using var hook = await Hook.Start(_ => new JsonMap { { "allowed", true } });
        await using var server = await TestServer.Start();
        await Configure(server, "validating", hook, $$""","failurePolicy":"{{policy}}" """);
        await hook.DisposeAsync();
        var (answered, answer) = await server.Send("POST", ConfigMaps, Body);
        Assert.That(answered, Is.EqualTo(code), answer.ToString());
        if (code == 500) Assert.That(answer.Text("message"), Does.StartWith($"Internal error occurred: failed calling webhook \"w.example.com\": failed to call webhook: Post \"{hook.Url}?timeout=10s\": "));
    }

    [TestCase("silent", "context deadline exceeded")]
    [TestCase("uid", "expected response.uid=")]
    [TestCase("version", "expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got admission.k8s.io/v9, Kind=AdmissionReview")]
    [TestCase("broken", "the answer can't be read")]
    [TestCase("status", "failed to call webhook: out of order")]
    public async Task An_answer_that_is_none_is_a_failure(string fault, string why)
    {
        await using var hook = await Hook.Start(_ => new JsonMap { { "allowed", true } }, fault: fault);
        await using var server = await TestServer.Start();
        await Configure(server, "validating", hook, ""","timeoutSeconds":1""");
        var (code, answer) = await server.Send("POST", ConfigMaps, Body);
        Assert.That(code, Is.EqualTo(500), answer.ToString());
        Assert.That(answer.Text("message"), Does.Contain(why));
    }

    [Test]
    public async Task Only_who_the_bundle_vouches_for_is_asked()
    {
        await using var hook = await Hook.Start(_ => new JsonMap { { "allowed", true } });
        await using var other = await Hook.Start(_ => new JsonMap { { "allowed", true } });
        await using var server = await TestServer.Start();
        await Configure(server, "validating", hook, bundle: other.Bundle);
        Assert.That((await server.Send("POST", ConfigMaps, Body)).Code, Is.EqualTo(500));
        Assert.That(hook.Asked, Is.Empty);
    }

    [Test]
    public async Task A_service_is_called_by_its_own_name()
    {
        await using var hook = await Hook.Start(_ => new JsonMap { { "allowed", false } });
        await using var server = await TestServer.Start();
        await Configure(server, "validating", hook, client: $$$"""{"service":{"namespace":"ref2","name":"hook","path":"/review","port":{{{hook.Port}}}},"caBundle":"{{{hook.Bundle}}}"}""");
        Assert.That((await server.Send("POST", ConfigMaps, Body)).Body.Text("message"), Does.Contain("service \"hook\" not found"));
        await server.Send("POST", "/api/v1/namespaces/ref2/services", """{"metadata":{"name":"hook"},"spec":{"type":"ExternalName","externalName":"localhost"}}""");
        Assert.That((await server.Send("POST", ConfigMaps, Body)).Body.Text("message"), Does.Contain("denied the request"));
    }

    [TestCase(""","matchConditions":[{"name":"m","expression":"request.userInfo.username != 'system:admin'"}]""", false)]
    [TestCase(""","matchConditions":[{"name":"m","expression":"object.metadata.name == 'c'"}]""", true)]
    [TestCase(""","objectSelector":{"matchLabels":{"x":"2"}}""", false)]
    [TestCase(""","namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"ref"}}""", true)]
    public async Task Only_those_concerned_are_asked(string narrowed, bool asked)
    {
        await using var hook = await Hook.Start(_ => new JsonMap { { "allowed", true } });
        await using var server = await TestServer.Start();
        await Configure(server, "validating", hook, narrowed);
        Assert.That((await server.Send("POST", ConfigMaps, Body)).Code, Is.EqualTo(201));
        Assert.That(hook.Asked, Has.Count.EqualTo(asked ? 1 : 0));
    }

    [Test]
    public async Task Warnings_are_passed_on_and_nobody_guards_his_own_configuration()
    {
        await using var hook = await Hook.Start(_ => new JsonMap { { "allowed", true }, { "warnings", new JsonList(["odd"]) } });
        await using var server = await TestServer.Start();
        await Configure(server, "validating", hook, rules: """[{"apiGroups":["*"],"apiVersions":["*"],"operations":["*"],"resources":["*/*"]}]""");
        var request = new ApiRequest
        {
            Info = RequestInfo.Of("POST", ConfigMaps, Query.Parse("")), User = TestServer.Admin, Query = Query.Parse(""), Body = Encoding.UTF8.GetBytes(Body),
            ContentType = "application/json", Accept = "application/json", UserAgent = "test",
        };
        await server.Assembly.Api.Handle(request);
        Assert.That(request.Warnings, Is.EqualTo(new[] { "odd" }));
        await hook.DisposeAsync();
        Assert.That((await server.Send("DELETE", $"{Group}/validatingwebhookconfigurations/w")).Code, Is.EqualTo(200));
        Assert.That((await server.Send("DELETE", ConfigMaps + "/c")).Code, Is.EqualTo(200));
    }

    [Test]
    public async Task Who_waits_for_a_webhook_takes_nobodys_seat()
    {
        var (entered, aside) = (0, 0);
        await using var hook = await Hook.Start(_ =>
        {
            entered = aside;
            return new JsonMap { { "allowed", true } };
        });
        await using var server = await TestServer.Start();
        await Configure(server, "validating", hook);
        await server.Assembly.Api.Handle(new ApiRequest
        {
            Info = RequestInfo.Of("POST", ConfigMaps, Query.Parse("")), User = TestServer.Admin, Query = Query.Parse(""), Body = Encoding.UTF8.GetBytes(Body),
            ContentType = "application/json", Accept = "application/json", UserAgent = "test", StandAside = () => aside++,
        });
        Assert.That((entered, hook.Asked.Count), Is.EqualTo((1, 1)));
    }

    private static JsonMap Patch(string patch) => new() { { "allowed", true }, { "patchType", "JSONPatch" }, { "patch", Convert.ToBase64String(Encoding.UTF8.GetBytes(patch)) } };

    private static async Task Configure(TestServer server, string type, Hook hook, string more = "", string name = "w", string? bundle = null, string? client = null,
        string rules = """[{"apiGroups":[""],"apiVersions":["v1"],"operations":["*"],"resources":["configmaps"]}]""")
    {
        client ??= $$"""{"url":"{{hook.Url}}","caBundle":"{{bundle ?? hook.Bundle}}"}""";
        var (code, answer) = await server.Send("POST", $"{Group}/{type}webhookconfigurations", $$$"""
            {"metadata":{"name":"{{{name}}}"},"webhooks":[{"name":"{{{name}}}.example.com","clientConfig":{{{client}}},"rules":{{{rules}}},"sideEffects":"None","admissionReviewVersions":["v1"]{{{more}}}}]}
            """);
        Assert.That(code, Is.EqualTo(201), answer.ToString());
    }

    /// <summary>A webhook of our own, on a port and with a certificate of its own.</summary>
    internal sealed class Hook : IAsyncDisposable
    {
        private readonly WebApplication app;
        private readonly X509Certificate2 certificate;

        private Hook(WebApplication app, X509Certificate2 certificate) => (this.app, this.certificate) = (app, certificate);

        public ConcurrentQueue<JsonMap> Asked { get; } = [];
        public int Port { get; private set; }
        public string Url => $"https://localhost:{Port}/review";
        public string Bundle => Convert.ToBase64String(Encoding.ASCII.GetBytes(certificate.ExportCertificatePem()));

        public static async Task<Hook> Start(Func<JsonMap, JsonMap> answer, string? status = null, string fault = "")
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            var certificate = SelfSigned();
            builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0, l => l.UseHttps(certificate)));
            var hook = new Hook(builder.Build(), certificate);
            hook.app.MapPost("/review", async (HttpContext http) =>
            {
                using var body = new MemoryStream();
                await http.Request.Body.CopyToAsync(body);
                var asked = JsonReader.ReadMap(body.ToArray()).Map("request")!;
                hook.Asked.Enqueue(asked);
                if (fault == "silent") await Task.Delay(Timeout.Infinite, http.RequestAborted);
                if (fault == "status")
                {
                    http.Response.StatusCode = 503;
                    await http.Response.WriteAsync("out of order");
                    return;
                }
                var response = answer(asked);
                response.Set("uid", fault == "uid" ? "another" : asked.Text("uid")!);
                if (status is not null) response.Set("status", JsonReader.Parse(status));
                var review = new JsonMap { { "kind", "AdmissionReview" }, { "apiVersion", fault == "version" ? "admission.k8s.io/v9" : "admission.k8s.io/v1" }, { "response", response } };
                await http.Response.WriteAsync(fault == "broken" ? "{" : review.ToString());
            });
            await hook.app.StartAsync();
            hook.Port = new Uri(hook.app.Urls.Single()).Port;
            return hook;
        }

        internal static X509Certificate2 SelfSigned()
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var request = new CertificateRequest("CN=hook", key, HashAlgorithmName.SHA256);
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName("localhost");
            names.AddDnsName("hook.ref2.svc");
            request.CertificateExtensions.Add(names.Build());
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
            return request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        }

        public async ValueTask DisposeAsync()
        {
            await app.StopAsync(new CancellationToken(canceled: true));
            await app.DisposeAsync();
        }
    }
}
