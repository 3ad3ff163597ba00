using System.Runtime.InteropServices;
using MiniKube.Machinery;
using MiniKube.TestKit;

namespace MiniKube.Server.Tests;

/// <summary>Definitions: what they make of the API, and what is left when they go.</summary>
[TestFixture]
public sealed class CustomResourceTests
{
    private const string Definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    private const string Services = "/apis/apiregistration.k8s.io/v1/apiservices";

    private TestServer server = null!;
    private CancellationTokenSource life = null!;
    private Task running = null!;

    [SetUp]
    public async Task Start()
    {
        server = await TestServer.Start();
        life = new();
        running = server.Assembly.Run(life.Token);
    }

    [TearDown]
    public async Task Stop()
    {
        await life.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        life.Dispose();
        await server.DisposeAsync();
    }

    private Task<(int Code, JsonMap Body)> Define(string plural, string kind, string group = "example.com", string singular = "") => server.Send("POST", Definitions, """
        {"metadata":{"name":"PLURAL.GROUP"},"spec":{"group":"GROUP","scope":"Namespaced","names":{"plural":"PLURAL","kind":"KIND","singular":"SINGLE"},
         "versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object","properties":{"spec":{"type":"object","properties":{"size":{"type":"integer"}}}}}}}]}}
        """.Replace("PLURAL", plural).Replace("GROUP", group).Replace("KIND", kind).Replace("SINGLE", singular.Length > 0 ? singular : kind.ToLowerInvariant()));

    private async Task<string?> Condition(string path, string type) =>
        ((await server.Send("GET", path)).Body.Map("status")?.List("conditions") ?? []).Maps().FirstOrDefault(c => c.Text("type") == type) is { } c ? $"{c.Text("status")} {c.Text("reason")}" : null;

    private Task Established(string name) => Until.True(async () => await Condition($"{Definitions}/{name}", "Established") == "True InitialNamesAccepted");

    private static byte[] Array(ApiResponse response) => MemoryMarshal.TryGetArray(((ApiResponse.Bytes)response).Content, out var segment) ? segment.Array! : throw new InvalidOperationException();

    [Test]
    public async Task What_is_defined_is_served_and_described_and_gone_with_its_definition()
    {
        Assert.That((await Define("crontabs", "CronTab")).Code, Is.EqualTo(201));
        await Established("crontabs.example.com");
        const string tabs = "/apis/example.com/v1/namespaces/ref/crontabs";
        Assert.That((await server.Send("POST", tabs, """{"apiVersion":"example.com/v1","kind":"CronTab","metadata":{"name":"a"},"spec":{"size":1}}""")).Code, Is.EqualTo(201));
        Assert.That((await server.Send("POST", tabs, """{"apiVersion":"example.com/v1","kind":"CronTab","metadata":{"name":"b"},"spec":{"size":"large"}}""")).Body.Text("message"),
            Is.EqualTo("CronTab.example.com \"b\" is invalid: spec.size: Invalid value: \"string\": spec.size in body must be of type integer: \"string\""));
        Assert.That((await server.Send("GET", "/apis/example.com/v1")).Body.ToString(), Does.Contain("\"crontabs\""));
        Assert.That((await server.Send("GET", "/openapi/v3/apis/example.com/v1")).Body.ToString(), Does.Contain("com.example.v1.CronTab"));
        Assert.That((await server.Send("GET", "/openapi/v2")).Body.Map("definitions")!.Has("com.example.v1.CronTab"), Is.True);
        await Until.True(async () => await Condition(Services + "/v1.example.com", "Available") == "True Local");

        Assert.That((await server.Send("DELETE", Definitions + "/crontabs.example.com")).Code, Is.EqualTo(200));
        await Until.True(async () => (await server.Send("GET", Definitions + "/crontabs.example.com")).Code == 404);
        Assert.That((await server.Raw("GET", tabs) as ApiResponse.Bytes)!.Status, Is.EqualTo(404));
        Assert.That(server.Assembly.Context.Store.Snapshot().Count("crontabs.example.com"), Is.Zero);
        await Until.True(async () => (await server.Send("GET", Services + "/v1.example.com")).Code == 404);
    }

    [TestCase("others", "CronTab", "other", "KindConflict")]
    [TestCase("crontabs2", "Other", "crontab", "SingularConflict")]
    public async Task A_name_that_is_taken_is_not_taken_twice(string plural, string kind, string singular, string reason)
    {
        await Define("crontabs", "CronTab");
        await Established("crontabs.example.com");
        await Define(plural, kind, singular: singular);
        await Until.True(async () => await Condition($"{Definitions}/{plural}.example.com", "NamesAccepted") == "False " + reason);
        Assert.That(await Condition($"{Definitions}/{plural}.example.com", "Established"), Is.EqualTo("False NotAccepted"));
        await server.Send("DELETE", Definitions + "/crontabs.example.com");
        await Established($"{plural}.example.com");
    }

    [Test]
    public async Task Every_group_that_is_served_is_registered_as_local_and_available()
    {
        var groups = (await server.Send("GET", "/apis")).Body.List("groups")!.Maps().SelectMany(g => g.List("versions")!.Maps().Select(v => $"{v.Text("version")}.{g.Text("name")}"))
            .Where(n => n != "v1.apiregistration.k8s.io").Append("v1.").Order(StringComparer.Ordinal).ToArray();
        await Until.True(async () => (await server.Send("GET", Services)).Body.List("items")!.Maps().Count(i => i.Map("status")?.Has("conditions") == true) == groups.Length);
        var services = (await server.Send("GET", Services)).Body.List("items")!.Maps().ToList();
        var apps = services.Single(s => s.Map("metadata")!.Text("name") == "v1.apps");
        var rows = (await server.Send("GET", Services, accept: "application/json;as=Table;v=v1;g=meta.k8s.io")).Body.List("rows")!.Maps();
        Assert.Multiple(() =>
        {
            Assert.That(services.Select(s => s.Map("metadata")!.Text("name")).Order(StringComparer.Ordinal), Is.EqualTo(groups));
            Assert.That(apps.Map("spec")!.ToString(), Is.EqualTo("""{"group":"apps","groupPriorityMinimum":17800,"version":"v1","versionPriority":15}"""));
            Assert.That(apps.Map("metadata")!.Map("labels")!.ToString(), Is.EqualTo("""{"kube-aggregator.kubernetes.io/automanaged":"onstart"}"""));
            Assert.That(rows.Select(r => r.List("cells")!.ToString()).First(), Does.Contain("\"Local\",\"True\""));
        });
    }

    [Test]
    public async Task A_definition_changes_the_documents_of_its_own_group_only()
    {
        await Define("crontabs", "CronTab");
        await Define("widgets", "Widget", "example.org");
        await Established("crontabs.example.com");
        await Established("widgets.example.org");
        string[] others = ["/openapi/v3/apis/apps/v1", "/openapi/v3/api/v1", "/openapi/v3/apis/example.org/v1"];
        var before = new List<byte[]>();
        foreach (var path in others) before.Add(Array(await server.Raw("GET", path)));
        var own = Array(await server.Raw("GET", "/openapi/v3/apis/example.com/v1"));
        await server.Send("PATCH", Definitions + "/crontabs.example.com", """[{"op":"add","path":"/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/colour","value":{"type":"string"}}]""", "application/json-patch+json");
        for (var i = 0; i < others.Length; i++) Assert.That(Array(await server.Raw("GET", others[i])), Is.SameAs(before[i]), others[i]);
        Assert.That(Array(await server.Raw("GET", "/openapi/v3/apis/example.com/v1")), Is.Not.EqualTo(own));
        Assert.That((await server.Send("GET", "/openapi/v3/apis/example.com/v1")).Body.ToString(), Does.Contain("colour"));
    }
}
