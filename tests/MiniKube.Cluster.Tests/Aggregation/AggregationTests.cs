using System.Net;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using MiniKube.ControlLoop;
using MiniKube.Kinds.Apiregistration;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Cluster.Tests.Aggregation;

/// <summary>A group that another server answers for: reached through this one by sockets, and from within.</summary>
[TestFixture]
public sealed class AggregationTests
{
    private const string Name = "v1.wardle.example.com";
    private static readonly ResourceRef Flunders = new("wardle.example.com", "v1", "flunders");

    private TestCluster cluster = null!;
    private ExtensionServer extension = null!;
    private WebApplication web = null!;
    private HttpClient client = null!;
    private CancellationTokenSource life = null!;
    private Task running = null!;

    [SetUp]
    public async Task Start()
    {
        (cluster, extension, life) = (await TestCluster.Start(nodes: 0), await ExtensionServer.Start("api.wardle.svc"), new());
        running = cluster.Server.Run(life.Token);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0));
        web = builder.Build();
        web.UseWebSockets();
        web.Run(cluster.Server.Front.Serve);
        await web.StartAsync();
        client = new() { BaseAddress = new(((IServer)web.Services.GetService(typeof(IServer))!).Features.Get<IServerAddressesFeature>()!.Addresses.First()), Timeout = TimeSpan.FromMinutes(2) };
        client.DefaultRequestHeaders.Authorization = new("Bearer", TestCluster.AdminToken);
        await cluster.Create<Namespace>("metadata: {name: wardle}");
        await cluster.Create<Service>("metadata: {name: api}\nspec: {type: ExternalName, externalName: localhost}", "wardle");
    }

    [TearDown]
    public async Task Stop()
    {
        client.Dispose();
        await life.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await web.DisposeAsync();
        await extension.DisposeAsync();
        await cluster.DisposeAsync();
        life.Dispose();
    }

    private Task<Item<APIService>> Register(string how = "caBundle") => cluster.Create<APIService>($$"""
        metadata: {name: {{Name}}}
        spec:
          group: wardle.example.com
          version: v1
          groupPriorityMinimum: 2000
          versionPriority: 200
          service: {name: api, namespace: wardle, port: {{extension.Port}}}
          {{(how == "caBundle" ? $"caBundle: {extension.Bundle}" : how)}}
        """);

    private async Task Available()
    {
        await Register();
        await UntilCondition("True Passed all checks passed");
    }

    private Task UntilCondition(string told) => cluster.Until<APIService>(Name, s => s.Value.Status?.Conditions?.Any(c => $"{c.Status} {c.Reason} {c.Message}".StartsWith(told, StringComparison.Ordinal)) == true);

    private async Task<(int Code, string Body)> Get(string path, string accept = "application/json")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.Add(MediaTypeWithQualityHeaderValue.Parse(accept));
        using var answer = await client.SendAsync(request);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    [Test]
    public async Task Requests_are_handed_on_in_the_name_of_who_asks()
    {
        await Available();
        using var asked = new HttpRequestMessage(HttpMethod.Post, $"{ExtensionServer.Path}/namespaces/default/flunders?dryRun=&x=a%20b") { Content = new StringContent("""{"metadata":{"name":"one"}}""", Encoding.UTF8, "application/json") };
        foreach (var (key, value) in new[] { ("Impersonate-User", "jane"), ("Impersonate-Group", "system:masters"), ("Impersonate-Extra-Acme.com%2fProject", "p") }) asked.Headers.TryAddWithoutValidation(key, value);
        asked.Headers.Add("X-Remote-User", "eve");
        using var answer = await client.SendAsync(asked);
        Assert.That((int)answer.StatusCode, Is.EqualTo(201), await answer.Content.ReadAsStringAsync());
        var seen = extension.Asked.Single(a => a.Method == "POST");
        Assert.Multiple(() =>
        {
            Assert.That((seen.Path, seen.User, seen.Extra), Is.EqualTo(($"{ExtensionServer.Path}/namespaces/default/flunders?dryRun=&x=a%20b", "jane", "acme.com/project=p")));
            Assert.That(seen.Groups, Is.EqualTo(new[] { "system:masters", "system:authenticated" }), "each in a line of its own");
            Assert.That(seen.Certificate!.Subject, Is.EqualTo("CN=front-proxy-client"));
            Assert.That(seen.Certificate.Issuer, Is.EqualTo(cluster.Pki.FrontProxyAuthority.Subject));
        });
        var facts = await cluster.Get<ConfigMap>("extension-apiserver-authentication", "kube-system");
        Assert.That(facts!.Value.Data!["requestheader-client-ca-file"], Is.EqualTo(cluster.Pki.FrontProxyAuthorityPem));
        var (code, body) = await Get($"{ExtensionServer.Path}/namespaces/default/flunders/two");
        Assert.That((code, JsonReader.ParseMap(body).Text("message")), Is.EqualTo((404, "flunders.wardle.example.com \"two\" not found")));
    }

    [Test]
    public async Task Nobody_gets_there_who_may_not()
    {
        await Available();
        using var asked = new HttpRequestMessage(HttpMethod.Get, $"{ExtensionServer.Path}/flunders");
        asked.Headers.Add("Impersonate-User", "jane");
        using var answer = await client.SendAsync(asked);
        Assert.That(JsonReader.ParseMap(await answer.Content.ReadAsStringAsync()).Text("message"), Is.EqualTo("flunders.wardle.example.com is forbidden: User \"jane\" cannot list resource \"flunders\" in API group \"wardle.example.com\" at the cluster scope"));
        Assert.That(extension.Asked.Any(a => a.User == "jane"), Is.False);
    }

    [Test]
    public async Task Discovery_tells_of_it_first_as_its_priority_says_and_goes_stale_with_it()
    {
        extension.Pages["/openapi/v3" + ExtensionServer.Path] = """{"openapi":"3.0.0","paths":{"/apis/wardle.example.com/v1/":{}}}""";
        extension.Pages["/openapi/v2"] = """
            {"swagger":"2.0","paths":{"/apis/wardle.example.com/v1/flunders":{"get":{"responses":{"200":{"description":"OK","schema":{"$ref":"#/definitions/Flunder"}}}}},"/apis/other/v1/":{}},
             "definitions":{"Flunder":{"type":"object","properties":{"spec":{"$ref":"#/definitions/Spec"}}},"Spec":{"type":"object"},"Unused":{"type":"object"}}}
            """;
        await Available();
        var groups = JsonReader.ParseMap((await Get("/apis")).Body).List("groups")!.Maps().ToList();
        var at = groups.FindIndex(g => g.Text("name") == "wardle.example.com");
        Assert.That(groups[at].Map("preferredVersion")!.Text("groupVersion"), Is.EqualTo("wardle.example.com/v1"));
        Assert.That(groups[at + 1].Text("name"), Is.EqualTo("metrics.k8s.io"), "2000 is before what has 1000 and behind all else");
        Assert.That(JsonReader.ParseMap((await Get("/apis/wardle.example.com")).Body).List("versions")!.Count, Is.EqualTo(1));
        Assert.That((await Get(ExtensionServer.Path)).Body, Does.Contain("flunders/status"));

        const string aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
        async Task<JsonMap> Version() => JsonReader.ParseMap((await Get("/apis", aggregated)).Body).List("items")!.Maps().Single(i => i.Map("metadata")!.Text("name") == "wardle.example.com").List("versions")!.Maps().Single();
        Assert.That((await Version()).ToString(), Is.EqualTo("""
            {"version":"v1","resources":[{"resource":"flunders","responseKind":{"group":"wardle.example.com","version":"v1","kind":"Flunder"},"scope":"Namespaced","singularResource":"flunder","verbs":["create","delete","get","list","patch","update","watch"],"shortNames":["fl"],"subresources":[{"subresource":"status","responseKind":{"group":"wardle.example.com","version":"v1","kind":"Flunder"},"verbs":["get","update"]}]}],"freshness":"Current"}
            """));

        var index = JsonReader.ParseMap((await Get("/openapi/v3")).Body).Map("paths")!.Map("apis/wardle.example.com/v1")!;
        Assert.That((await Get(index.Text("serverRelativeURL")!)).Body, Is.EqualTo(extension.Pages["/openapi/v3" + ExtensionServer.Path]));
        var v2 = JsonReader.ParseMap((await Get("/openapi/v2")).Body);
        Assert.That((v2.Map("paths")!.Has("/apis/wardle.example.com/v1/flunders"), v2.Map("paths")!.Has("/apis/other/v1/"), v2.Map("definitions")!.Has("Spec"), v2.Map("definitions")!.Has("Unused")), Is.EqualTo((true, false, true, false)));

        extension.Broken = true;
        await cluster.Patch<Service>("api", """{"metadata":{"labels":{"a":"b"}}}""", "wardle");
        await UntilCondition($"False FailedDiscoveryCheck failing or missing response from https://localhost:{extension.Port}{ExtensionServer.Path}: bad status from https://localhost:{extension.Port}{ExtensionServer.Path}: 500");
        Assert.That(((await Version()).Text("freshness"), (await Version()).Has("resources")), Is.EqualTo(("Stale", true)));
        Assert.That(await Get($"{ExtensionServer.Path}/flunders"), Is.EqualTo((503, "service unavailable\n")));
        extension.Broken = false;
        await UntilCondition("True Passed");
        await cluster.Delete<APIService>(Name);
        Assert.That((await Get("/apis/wardle.example.com")).Code, Is.EqualTo(404));
        Assert.That((await Get($"{ExtensionServer.Path}/flunders")).Code, Is.EqualTo(404));
    }

    [Test]
    public async Task A_watch_is_passed_on_event_by_event()
    {
        await Available();
        using var watch = await client.GetAsync($"{ExtensionServer.Path}/flunders?watch=true", HttpCompletionOption.ResponseHeadersRead);
        using var lines = new StreamReader(await watch.Content.ReadAsStreamAsync());
        foreach (var name in new[] { "a", "b" })
        {
            await cluster.Api.Create(Flunders, "default", Encoding.UTF8.GetBytes($$$"""{"metadata":{"name":"{{{name}}}"}}"""));
            Assert.That(JsonReader.ParseMap((await lines.ReadLineAsync())!).Map("object")!.Map("metadata")!.Text("name"), Is.EqualTo(name));
        }
        Assert.That((await cluster.Api.List(Flunders, "default")).Value.Items, Has.Count.EqualTo(2));
        var missing = await cluster.Api.Get(Flunders, "default", "c");
        Assert.That((missing.Error!.Code, missing.Error.Message), Is.EqualTo((404, "flunders.wardle.example.com \"c\" not found")));
    }

    [Test]
    public async Task A_connection_is_taken_over()
    {
        await Available();
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", $"Bearer {TestCluster.AdminToken}");
        await socket.ConnectAsync(new Uri($"ws://{client.BaseAddress!.Authority}{ExtensionServer.Path}/namespaces/default/flunders/one/talk"), default);
        await socket.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, true, default);
        var buffer = new byte[100];
        var got = await socket.ReceiveAsync(buffer, default);
        Assert.That(Encoding.UTF8.GetString(buffer, 0, got.Count), Is.EqualTo("hello"));
        // Others of the cluster ask it too, at any time.
        Assert.That(extension.Asked.Single(a => a.Path.EndsWith("/talk", StringComparison.Ordinal)).User, Is.EqualTo("admin"));
    }

    [Test]
    public async Task What_is_built_in_stays_and_what_is_registered_for_it_is_kept_true()
    {
        await cluster.Until<APIService>("v1.apps", s => s.Value.Status?.Conditions?.Any(c => c is { Status: "True", Reason: "Local", Message: "Local APIServices are always available" }) == true);
        await cluster.Patch<APIService>("v1.apps", $$$"""{"spec":{"service":{"name":"api","namespace":"wardle","port":{{{extension.Port}}}},"insecureSkipTLSVerify":true}}""");
        Assert.That(JsonReader.ParseMap((await Get("/apis/apps/v1")).Body).List("resources")!.Maps().Any(r => r.Text("name") == "deployments"));
        Assert.That((await Get("/apis/apps/v1/deployments")).Code, Is.EqualTo(200));
        await cluster.Delete<APIService>("v1.batch");
        await cluster.Until(async () => await cluster.Get<APIService>("v1.batch") is not null, () => Task.FromResult("the APIService of a group that is served here has to come back"));
    }

    [TestCase("insecureSkipTLSVerify: true", "True Passed")]
    [TestCase("groupPriorityMinimum: 2000", "False FailedDiscoveryCheck failing or missing response from https://localhost:")]
    public async Task Only_who_is_vouched_for_is_believed(string how, string told)
    {
        await cluster.Create<APIService>($$"""
            metadata: {name: {{Name}}}
            spec: {group: wardle.example.com, version: v1, groupPriorityMinimum: 2000, versionPriority: 200, service: {name: api, namespace: wardle, port: {{extension.Port}}}, {{how.Replace("groupPriorityMinimum: 2000", "insecureSkipTLSVerify: false", StringComparison.Ordinal)}}}
            """);
        await UntilCondition(told);
    }

    [Test]
    public async Task What_is_kept_elsewhere_goes_with_its_owner_and_its_namespace()
    {
        await Available();
        var owner = await cluster.Create<ConfigMap>("metadata: {name: owner}");
        var owned = $$$"""{"metadata":{"name":"owned","ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"owner","uid":"{{{owner.Uid}}}"}]}}""";
        Assert.That((await cluster.Api.Create(Flunders, "default", Encoding.UTF8.GetBytes(owned))).Ok);
        await cluster.Create<Namespace>("metadata: {name: doomed}");
        Assert.That((await cluster.Api.Create(Flunders, "doomed", """{"metadata":{"name":"lost"}}"""u8.ToArray())).Ok);
        Assert.That((await cluster.Api.Create(Flunders, "default", """{"metadata":{"name":"kept"}}"""u8.ToArray())).Ok);

        await cluster.Delete<ConfigMap>("owner");
        await cluster.Until(() => Task.FromResult(extension.Count == 2), () => Task.FromResult($"{extension.Count} flunders are left"));
        await cluster.Delete<Namespace>("doomed");
        await cluster.Until(async () => await cluster.Get<Namespace>("doomed") is null, () => Task.FromResult("the namespace stays"));
        Assert.That(extension.Count, Is.EqualTo(1));

        // As long as nobody can say what else there is, a namespace stays.
        extension.Broken = true;
        await cluster.Patch<Service>("api", """{"metadata":{"labels":{"a":"b"}}}""", "wardle");
        await UntilCondition("False FailedDiscoveryCheck");
        await cluster.Create<Namespace>("metadata: {name: stuck}");
        await cluster.Delete<Namespace>("stuck");
        await cluster.Until<Namespace>("stuck", n => n.Value.Status?.Conditions?.Any(c => c is
        {
            Type: "NamespaceDeletionDiscoveryFailure", Status: "True",
            Message: "Discovery failed for some groups, 1 failing: unable to retrieve the complete list of server APIs: wardle.example.com/v1: stale GroupVersion discovery: wardle.example.com/v1",
        }) == true);
        await cluster.Delete<APIService>(Name);
        await cluster.Until(async () => await cluster.Get<Namespace>("stuck") is null, () => Task.FromResult("the namespace stays"));
    }

    [Test]
    public async Task Autoscalers_go_by_what_other_servers_measure()
    {
        extension.Pages["/apis/external.metrics.k8s.io/v1beta1"] = """{"kind":"APIResourceList","apiVersion":"v1","groupVersion":"external.metrics.k8s.io/v1beta1","resources":[]}""";
        extension.Pages["/apis/external.metrics.k8s.io/v1beta1/namespaces/default/letters"] = """{"kind":"ExternalMetricValueList","apiVersion":"external.metrics.k8s.io/v1beta1","metadata":{},"items":[{"metricName":"letters","timestamp":"2026-01-01T00:00:00Z","value":"3"}]}""";
        await cluster.Create<APIService>($$"""
            metadata: {name: v1beta1.external.metrics.k8s.io}
            spec: {group: external.metrics.k8s.io, version: v1beta1, groupPriorityMinimum: 100, versionPriority: 100, insecureSkipTLSVerify: true, service: {name: api, namespace: wardle, port: {{extension.Port}} } }
            """);
        await cluster.Until<APIService>("v1beta1.external.metrics.k8s.io", s => s.Value.Status?.Conditions?.Any(c => c is { Status: "True", Reason: "Passed" }) == true);
        await cluster.Create<Kinds.Apps.Deployment>("metadata: {name: web}\nspec: {replicas: 1, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}}");
        await cluster.Until<Kinds.Apps.Deployment>("web", d => d.Value.Status?.Replicas == 1);
        await cluster.Create<Kinds.Autoscaling.HorizontalPodAutoscaler>("""
            metadata: {name: web}
            spec: {maxReplicas: 5, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}, metrics: [{type: External, external: {metric: {name: letters}, target: {type: AverageValue, averageValue: 1}}}]}
            """);
        await cluster.Until<Kinds.Apps.Deployment>("web", d => d.Value.Spec?.Replicas == 3);
        Assert.That(extension.Asked.Any(a => a.User == "system:serviceaccount:kube-system:horizontal-pod-autoscaler"));
    }
}
