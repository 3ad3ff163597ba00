using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using MiniKube.Machinery;
using MiniKube.TestKit;

namespace MiniKube.Server.Tests;

/// <summary>Custom kinds that a webhook converts: "hostPort" of v1 is "host" and "port" of v2.</summary>
[TestFixture]
public sealed class ConversionWebhookTests
{
    private const string Definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    private const string V1 = "/apis/stable.example.com/v1/namespaces/ref/sites";
    private const string V2 = "/apis/stable.example.com/v2/namespaces/ref/sites";

    private TestServer server = null!;
    private Converting hook = null!;
    private CancellationTokenSource life = null!;
    private Task running = null!;

    [SetUp]
    public async Task Start()
    {
        (server, hook, life) = (await TestServer.Start(), await Converting.Start(), new());
        running = server.Assembly.Run(life.Token);
    }

    [TearDown]
    public async Task Stop()
    {
        await life.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        life.Dispose();
        await hook.DisposeAsync();
        await server.DisposeAsync();
    }

    private string Reached => $$"""{"url":"https://localhost:{{hook.Port}}/convert","caBundle":"{{hook.Bundle}}"}""";

    private string Definition(string storage = "v1", string versions = """["v1","v1beta1"]""", string? client = null) => """
        {"metadata":{"name":"sites.stable.example.com"},"spec":{"group":"stable.example.com","scope":"Namespaced","names":{"plural":"sites","kind":"Site"},
         "conversion":{"strategy":"Webhook","webhook":{"clientConfig":CLIENT,"conversionReviewVersions":VERSIONS}},
         "versions":[
          {"name":"v1","served":true,"storage":FIRST,"schema":{"openAPIV3Schema":{"type":"object","properties":{"hostPort":{"type":"string"}}}}},
          {"name":"v2","served":true,"storage":SECOND,"subresources":{"status":{}},"schema":{"openAPIV3Schema":{"type":"object","properties":{"host":{"type":"string"},"port":{"type":"string"},"status":{"type":"object","properties":{"up":{"type":"boolean"}}}}}}}]}}
        """.Replace("CLIENT", client ?? Reached).Replace("VERSIONS", versions).Replace("FIRST", storage == "v1" ? "true" : "false").Replace("SECOND", storage == "v2" ? "true" : "false");

    private async Task Define(string storage = "v1", string versions = """["v1","v1beta1"]""")
    {
        var (code, answer) = await server.Send("POST", Definitions, Definition(storage, versions));
        Assert.That(code, Is.EqualTo(201), answer.ToString());
        await Until.True(async () => ((await server.Send("GET", $"{Definitions}/sites.stable.example.com")).Body.Map("status")?.List("conditions") ?? []).Maps().Any(c => c.Text("type") == "Established" && c.Text("status") == "True"));
    }

    private static string One(string name) => $$$"""{"apiVersion":"stable.example.com/v1","kind":"Site","metadata":{"name":"{{{name}}}"},"hostPort":"here:80"}""";

    private static string Two(string name) => $$$"""{"apiVersion":"stable.example.com/v2","kind":"Site","metadata":{"name":"{{{name}}}"},"host":"there","port":"443"}""";

    private static string Show(JsonMap site) => $"{site.Text("apiVersion")} {site.Map("metadata")?.Text("name")} {site.Text("hostPort")}|{site.Text("host")}|{site.Text("port")}";

    [TestCase("""["v1","v1beta1"]""", "apiextensions.k8s.io/v1")]
    [TestCase("""["v9","v1beta1","v1"]""", "apiextensions.k8s.io/v1beta1")]
    public async Task Each_version_is_shown_in_its_own_shape(string versions, string spoken)
    {
        await Define(versions: versions);
        Assert.That(Show((await server.Send("POST", V1, One("a"))).Body), Is.EqualTo("stable.example.com/v1 a here:80||"));
        Assert.That(hook.Asked, Is.Empty, "what is stored as it was sent needs nobody");
        Assert.That(Show((await server.Send("POST", V2, Two("b"))).Body), Is.EqualTo("stable.example.com/v2 b |there|443"));
        Assert.That(hook.Asked.First().Text("apiVersion"), Is.EqualTo(spoken));
        Assert.That(Show((await server.Send("GET", V2 + "/a")).Body), Is.EqualTo("stable.example.com/v2 a |here|80"));
        Assert.That(Show((await server.Send("GET", V1 + "/b")).Body), Is.EqualTo("stable.example.com/v1 b there:443||"));

        var before = hook.Asked.Count;
        var listed = (await server.Send("GET", V2)).Body;
        Assert.That(listed.List("items")!.Maps().Select(Show), Is.EqualTo(new[] { "stable.example.com/v2 a |here|80", "stable.example.com/v2 b |there|443" }));
        Assert.That(hook.Asked.Count, Is.EqualTo(before + 1), "one question for a whole list");
        Assert.That(hook.Asked.Last().Map("request")!.List("objects")!.Count, Is.EqualTo(2));

        var first = (await server.Send("GET", V1 + "/a")).Body.Map("metadata")!;
        var (code, patched) = await server.Send("PATCH", V2 + "/a", """{"port":"8080"}""", "application/merge-patch+json");
        Assert.That((code, Show(patched)), Is.EqualTo((200, "stable.example.com/v2 a |here|8080")));
        Assert.That(patched.Map("metadata")!.Whole("generation"), Is.EqualTo(2));
        Assert.That(patched.Map("metadata")!.Text("uid"), Is.EqualTo(first.Text("uid")));
        Assert.That(Show((await server.Send("GET", V1 + "/a")).Body), Is.EqualTo("stable.example.com/v1 a here:8080||"));
        var applied = await server.Send("PATCH", V2 + "/c?fieldManager=m", Two("c"), "application/apply-patch+yaml");
        Assert.That((applied.Code, Show(applied.Body)), Is.EqualTo((201, "stable.example.com/v2 c |there|443")));
        patched.Set("host", "elsewhere");
        Assert.That(Show((await server.Send("PUT", V2 + "/a", patched.ToString())).Body), Is.EqualTo("stable.example.com/v2 a |elsewhere|8080"));
        Assert.That((await server.Send("DELETE", V2 + "/a")).Code, Is.EqualTo(200));
    }

    [Test]
    public async Task A_watch_shows_every_change_in_its_version()
    {
        await Define();
        await server.Send("POST", V1, One("a"));
        using var enough = new CancellationTokenSource();
        var watch = (ApiResponse.Frames)await server.Raw("GET", V2 + "?watch=true", cancel: enough.Token);
        var seen = new List<string>();
        await foreach (var batch in watch.Content)
        {
            foreach (var frame in batch.Frames)
            {
                seen.Add($"{frame.Type} {Show(JsonReader.ReadMap(frame.Object.Span))}");
                if (seen.Count == 1) await server.Send("PATCH", V1 + "/a", """{"hostPort":"here:81"}""", "application/merge-patch+json");
                if (seen.Count == 2) await server.Send("DELETE", V1 + "/a");
            }
            if (seen.Count >= 3) break;
        }
        await enough.CancelAsync();
        Assert.That(seen, Is.EqualTo(new[] { "Added stable.example.com/v2 a |here|80", "Modified stable.example.com/v2 a |here|81", "Deleted stable.example.com/v2 a |here|81" }));
    }

    [Test]
    public async Task What_was_stored_in_another_version_is_still_shown_in_both()
    {
        await Define();
        await server.Send("POST", V1, One("a"));
        var (code, answer) = await server.Send("PATCH", $"{Definitions}/sites.stable.example.com", """[{"op":"replace","path":"/spec/versions/0/storage","value":false},{"op":"replace","path":"/spec/versions/1/storage","value":true}]""", "application/json-patch+json");
        Assert.That(code, Is.EqualTo(200), answer.ToString());
        await Until.True(async () => (await server.Send("GET", $"{Definitions}/sites.stable.example.com")).Body.Map("status")!.List("storedVersions")!.Count == 2);
        await server.Send("POST", V2, Two("b"));
        Assert.That((await server.Send("GET", V2)).Body.List("items")!.Maps().Select(Show), Is.EqualTo(new[] { "stable.example.com/v2 a |here|80", "stable.example.com/v2 b |there|443" }));
        Assert.That(hook.Asked.Last().Map("request")!.List("objects")!.Count, Is.EqualTo(1), "what is in that version already is not sent");
        Assert.That((await server.Send("GET", V1)).Body.List("items")!.Maps().Select(Show), Is.EqualTo(new[] { "stable.example.com/v1 a here:80||", "stable.example.com/v1 b there:443||" }));
        await server.Send("PATCH", V1 + "/a", """{"hostPort":"here:81"}""", "application/merge-patch+json");
        Assert.That(Show((await server.Send("GET", V2 + "/a")).Body), Is.EqualTo("stable.example.com/v2 a |here|81"));
    }

    [Test]
    public async Task Who_is_asked_about_a_version_sees_and_changes_its_shape()
    {
        await Define();
        await using var admission = await WebhookTests.Hook.Start(_ => new JsonMap
        {
            { "allowed", true }, { "patchType", "JSONPatch" }, { "patch", Convert.ToBase64String("""[{"op":"replace","path":"/port","value":"444"}]"""u8) },
        });
        var (code, answer) = await server.Send("POST", "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations", """
            {"metadata":{"name":"w"},"webhooks":[{"name":"w.example.com","clientConfig":{"url":"URL","caBundle":"BUNDLE"},"sideEffects":"None","admissionReviewVersions":["v1"],"matchPolicy":"Exact",
             "rules":[{"apiGroups":["stable.example.com"],"apiVersions":["v2"],"operations":["*"],"resources":["sites"]}]}]}
            """.Replace("URL", admission.Url).Replace("BUNDLE", admission.Bundle));
        Assert.That(code, Is.EqualTo(201), answer.ToString());
        Assert.That(Show((await server.Send("POST", V2, Two("b"))).Body), Is.EqualTo("stable.example.com/v2 b |there|444"));
        Assert.That(Show(admission.Asked.Single().Map("object")!), Is.EqualTo("stable.example.com/v2 b |there|443"));
        Assert.That(Show((await server.Send("GET", V1 + "/b")).Body), Is.EqualTo("stable.example.com/v1 b there:444||"));
    }

    [TestCase("failed", "failed: no way")]
    [TestCase("uid", "failed: expected response.uid=")]
    [TestCase("count", "returned 0 objects, expected 1")]
    [TestCase("version", "returned invalid object at index 0: invalid groupVersion (expected stable.example.com/v2, received stable.example.com/v7)")]
    [TestCase("kind", "returned invalid object at index 0: invalid kind (expected Site, received Sight)")]
    [TestCase("name", "returned invalid object: must have the same name: a != z")]
    [TestCase("labels", "returned invalid metadata: metadata.labels[l] must be a string, but is ")]
    [TestCase("review", "failed: expected webhook response of apiextensions.k8s.io/v1, Kind=ConversionReview, got apiextensions.k8s.io/v9, Kind=ConversionReview")]
    public async Task An_answer_that_is_none_is_told_in_upstreams_words(string fault, string why)
    {
        await Define();
        await server.Send("POST", V1, One("a"));
        hook.Fault = fault;
        var (code, answer) = await server.Send("GET", V2 + "/a");
        Assert.That((code, answer.Text("message")), Is.EqualTo((500, answer.Text("message"))));
        Assert.That(answer.Text("message"), Does.StartWith($"conversion webhook for stable.example.com/v1, Kind=Site {why}"));
        Assert.That((await server.Send("GET", V1 + "/a")).Code, Is.EqualTo(200), "who needs no conversion is served");
    }

    [Test]
    public async Task Labels_may_change_and_nothing_else_of_the_metadata()
    {
        await Define();
        await server.Send("POST", V1, One("a"));
        hook.Fault = "meddles";
        var metadata = (await server.Send("GET", V2 + "/a")).Body.Map("metadata")!;
        Assert.That((metadata.Map("labels")?.Text("new"), metadata.Has("finalizers"), metadata.Whole("generation")), Is.EqualTo(("label", false, 1L)));
    }

    [TestCase("""{"url":"http://x.example.com/"}""", "spec.conversion.webhookClientConfig.url: Invalid value: \"http\": 'https' is the only allowed URL scheme; desired format: https://host[/path]")]
    [TestCase("""{}""", "spec.conversion.webhookClientConfig: Required value: exactly one of url or service is required")]
    [TestCase("""{"service":{"name":"","namespace":"n"}}""", "spec.conversion.webhookClientConfig.service.name: Required value: service name is required")]
    public async Task Where_the_webhook_is_has_to_make_sense(string client, string why)
    {
        var (code, answer) = await server.Send("POST", Definitions, Definition(client: client));
        Assert.That((code, answer.Text("message")), Is.EqualTo((422, $"CustomResourceDefinition.apiextensions.k8s.io \"sites.stable.example.com\" is invalid: {why}")));
    }

    [TestCase("""["v2"]""", "spec.conversion.conversionReviewVersions: Invalid value: [\"v2\"]: must include at least one of v1, v1beta1")]
    [TestCase("""[]""", "spec.conversion.conversionReviewVersions: Required value")]
    public async Task The_versions_it_understands_have_to_make_sense(string versions, string why)
    {
        var (code, answer) = await server.Send("POST", Definitions, Definition(versions: versions));
        Assert.That((code, answer.Text("message")), Is.EqualTo((422, $"CustomResourceDefinition.apiextensions.k8s.io \"sites.stable.example.com\" is invalid: {why}")));
    }

    /// <summary>A webhook that knows both shapes.</summary>
    private sealed class Converting : IAsyncDisposable
    {
        private readonly WebApplication app;
        private readonly X509Certificate2 certificate;

        private Converting(WebApplication app, X509Certificate2 certificate) => (this.app, this.certificate) = (app, certificate);

        public ConcurrentQueue<JsonMap> Asked { get; } = [];
        public string Fault { get; set; } = "";
        public int Port { get; private set; }
        public string Bundle => Convert.ToBase64String(Encoding.ASCII.GetBytes(certificate.ExportCertificatePem()));

        public static async Task<Converting> Start()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            var certificate = WebhookTests.Hook.SelfSigned();
            builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0, l => l.UseHttps(certificate)));
            var hook = new Converting(builder.Build(), certificate);
            hook.app.MapPost("/convert", async (HttpContext http) =>
            {
                using var body = new MemoryStream();
                await http.Request.Body.CopyToAsync(body);
                var review = JsonReader.ReadMap(body.ToArray());
                hook.Asked.Enqueue(review);
                await http.Response.WriteAsync(hook.Answer(review).ToString());
            });
            await hook.app.StartAsync();
            hook.Port = new Uri(hook.app.Urls.Single()).Port;
            return hook;
        }

        private JsonMap Answer(JsonMap review)
        {
            var asked = review.Map("request")!;
            var desired = asked.Text("desiredAPIVersion")!;
            var objects = Fault == "count" ? [] : asked.List("objects")!.Maps().Select(o => (Json)Converted(o, desired));
            return new JsonMap
            {
                { "kind", "ConversionReview" }, { "apiVersion", Fault == "review" ? "apiextensions.k8s.io/v9" : review.Text("apiVersion")! },
                {
                    "response", new JsonMap
                    {
                        { "uid", Fault == "uid" ? "another" : asked.Text("uid")! }, { "convertedObjects", new JsonList(objects) },
                        { "result", Fault == "failed" ? new JsonMap { { "status", "Failure" }, { "message", "no way" } } : new JsonMap { { "status", "Success" } } },
                    }
                },
            };
        }

        private JsonMap Converted(JsonMap site, string desired)
        {
            var made = site.CloneMap();
            made.Set("apiVersion", Fault == "version" ? "stable.example.com/v7" : desired);
            if (Fault == "kind") made.Set("kind", "Sight");
            if (Fault == "name") made.Map("metadata")!.Set("name", "z");
            if (Fault == "labels") made.Map("metadata")!.Set("labels", new JsonMap { { "l", 1 } });
            if (Fault == "meddles")
            {
                made.Map("metadata")!.Set("labels", new JsonMap { { "new", "label" } });
                made.Map("metadata")!.Set("finalizers", JsonList.OfTexts(["example.com/mine"]));
                made.Map("metadata")!.Set("generation", 77);
            }
            if (desired.EndsWith("v2", StringComparison.Ordinal))
            {
                var parts = (site.Text("hostPort") ?? ":").Split(':');
                made.Remove("hostPort");
                made.Set("host", parts[0]);
                made.Set("port", parts[1]);
            }
            else
            {
                made.Remove("host");
                made.Remove("port");
                made.Set("hostPort", $"{site.Text("host")}:{site.Text("port")}");
            }
            return made;
        }

        public async ValueTask DisposeAsync()
        {
            await app.StopAsync(new CancellationToken(canceled: true));
            await app.DisposeAsync();
            certificate.Dispose();
        }
    }
}
