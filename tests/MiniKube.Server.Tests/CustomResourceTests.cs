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
    public async Task A_default_that_comes_later_is_seen_in_what_was_written_before()
    {
        await Define("gadgets", "Gadget");
        await Established("gadgets.example.com");
        const string gadgets = "/apis/example.com/v1/namespaces/ref/gadgets";
        await server.Send("POST", gadgets, """{"apiVersion":"example.com/v1","kind":"Gadget","metadata":{"name":"a"},"spec":{}}""");
        await server.Send("PATCH", $"{Definitions}/gadgets.example.com", """[{"op":"add","path":"/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/size/default","value":3}]""", "application/json-patch+json");
        await Until.True(async () => (await server.Send("GET", gadgets + "/a")).Body.Map("spec")?.Whole("size") == 3);
        var listed = (await server.Send("GET", gadgets)).Body.List("items")!.Maps().Single();
        var table = (await server.Send("GET", gadgets + "?includeObject=Object", accept: "application/json;as=Table;v=v1;g=meta.k8s.io")).Body.List("rows")!.Maps().Single();
        Assert.Multiple(() =>
        {
            Assert.That(listed.Map("spec")!.Whole("size"), Is.EqualTo(3));
            Assert.That(table.Map("object")!.Map("spec")!.Whole("size"), Is.EqualTo(3));
        });
        using var enough = new CancellationTokenSource();
        var watch = (ApiResponse.Frames)await server.Raw("GET", gadgets + "?watch=true", cancel: enough.Token);
        await foreach (var batch in watch.Content)
        {
            if (batch.Frames.Count == 0) continue;
            Assert.That(JsonReader.ReadMap(batch.Frames[0].Object.Span).Map("spec")!.Whole("size"), Is.EqualTo(3));
            break;
        }
        await enough.CancelAsync();
        await server.Send("PATCH", $"{Definitions}/gadgets.example.com", """[{"op":"remove","path":"/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/size/default"}]""", "application/json-patch+json");
        await Until.True(async () => (await server.Send("GET", gadgets + "/a")).Body.Map("spec")?.Has("size") == false);
    }

    [Test]
    public async Task Lists_are_published_with_the_type_that_was_declared_and_no_other()
    {
        await server.Send("POST", Definitions, """
            {"metadata":{"name":"racks.example.com"},"spec":{"group":"example.com","scope":"Cluster","names":{"plural":"racks","kind":"Rack"},
             "versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object","properties":{
               "plain":{"type":"array","items":{"type":"string"}},"whole":{"type":"array","x-kubernetes-list-type":"atomic","items":{"type":"string"}}}}}}]}}
            """);
        await Established("racks.example.com");
        var v2 = (await server.Send("GET", "/openapi/v2")).Body.Map("definitions")!.Map("com.example.v1.Rack")!.Map("properties")!;
        var v3 = (await server.Send("GET", "/openapi/v3/apis/example.com/v1")).Body.Map("components")!.Map("schemas")!.Map("com.example.v1.Rack")!.Map("properties")!;
        Assert.Multiple(() =>
        {
            foreach (var properties in new[] { v2, v3 })
            {
                Assert.That(properties.Map("plain")!.Text("x-kubernetes-list-type"), Is.Null);
                Assert.That(properties.Map("whole")!.Text("x-kubernetes-list-type"), Is.EqualTo("atomic"));
            }
        });
    }

    [Test]
    public async Task What_may_hold_anything_is_published_without_a_shape_where_clients_would_take_it_for_the_whole()
    {
        const string open = "\"x-kubernetes-preserve-unknown-fields\":true";
        await server.Send("POST", Definitions, """
            {"metadata":{"name":"bags.example.com"},"spec":{"group":"example.com","scope":"Cluster","names":{"plural":"bags","kind":"Bag"},
             "versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object",OPEN,"properties":{"a":{"type":"string"}}}}},
                         {"name":"v2","served":true,"storage":false,"schema":{"openAPIV3Schema":{"type":"object","required":["none","some"],"properties":{
                           "some":{"type":"object",OPEN,"properties":{"b":{"type":"string"}}},"none":{"type":"string","nullable":true}}}}}]}}
            """.Replace("OPEN", open));
        await Established("bags.example.com");
        var definitions = (await server.Send("GET", "/openapi/v2")).Body.Map("definitions")!;
        var (loose, tight) = (definitions.Map("com.example.v1.Bag")!, definitions.Map("com.example.v2.Bag")!);
        Assert.Multiple(() =>
        {
            Assert.That(loose.Text("type"), Is.EqualTo("object"));
            Assert.That(loose.Has("properties") || loose.Has("x-kubernetes-preserve-unknown-fields"), Is.False);
            Assert.That(tight.Map("properties")!.Map("some")!.ToString(), Is.EqualTo($"{{{open}}}"));
            Assert.That(tight.Map("properties")!.Map("none")!.ToString(), Is.EqualTo("{}"));
            Assert.That(tight.List("required")!.Texts(), Is.EqualTo(new[] { "some" }));
        });
        var third = (await server.Send("GET", "/openapi/v3/apis/example.com/v1")).Body.Map("components")!.Map("schemas")!.Map("com.example.v1.Bag")!;
        Assert.That(third.Map("properties")!.Has("a"), Is.True);
    }

    [Test]
    public async Task Another_version_may_become_the_stored_one_and_the_former_is_remembered()
    {
        await server.Send("POST", Definitions, """
            {"metadata":{"name":"moves.example.com"},"spec":{"group":"example.com","scope":"Cluster","names":{"plural":"moves","kind":"Move"},
             "versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object"}}},{"name":"v2","served":true,"storage":false,"schema":{"openAPIV3Schema":{"type":"object"}}}]}}
            """);
        await Established("moves.example.com");
        await server.Send("POST", "/apis/example.com/v1/moves", """{"apiVersion":"example.com/v1","kind":"Move","metadata":{"name":"a"}}""");
        var (code, changed) = await server.Send("PATCH", $"{Definitions}/moves.example.com",
            """[{"op":"replace","path":"/spec/versions/0/storage","value":false},{"op":"replace","path":"/spec/versions/1/storage","value":true}]""", "application/json-patch+json");
        Assert.That(code, Is.EqualTo(200), changed.ToString());
        Assert.That(changed.Map("status")!.List("storedVersions")!.Texts(), Is.EqualTo(new[] { "v1", "v2" }));

        async Task<string?> Version(string path) => (await server.Send("GET", path)).Body is var body && body.List("items") is { } items ? items.Maps().Single().Text("apiVersion") : body.Text("apiVersion");
        foreach (var version in new[] { "v1", "v2" })
            foreach (var path in new[] { "moves", "moves/a" }) Assert.That(await Version($"/apis/example.com/{version}/{path}"), Is.EqualTo($"example.com/{version}"), path);
        var (answered, patched) = await server.Send("PATCH", "/apis/example.com/v2/moves/a", """[{"op":"add","path":"/metadata/labels","value":{"x":"1"}}]""", "application/json-patch+json");
        Assert.That((answered, patched.Text("apiVersion")), Is.EqualTo((200, "example.com/v2")), patched.ToString());
    }

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
