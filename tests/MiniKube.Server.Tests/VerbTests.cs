using System.Text;
using MiniKube.Machinery;

namespace MiniKube.Server.Tests;

/// <summary>Create, read, list, watch and delete as clients rely on them.</summary>
[TestFixture]
public sealed class VerbTests
{
    private const string Maps = "/api/v1/namespaces/default/configmaps";

    private TestServer server = null!;

    [SetUp]
    public async Task Start() => server = await TestServer.Start();

    [TearDown]
    public async Task Stop() => await server.DisposeAsync();

    private Task<(int Code, JsonMap Body)> Put(string name, string data = "", string labels = "{}") =>
        server.Send("POST", Maps, $$$"""{"metadata":{"name":"{{{name}}}","labels":{{{labels}}}},"data":{"k":"{{{data}}}"}}""");

    [Test]
    public async Task A_pod_right_behind_its_namespace_waits_for_the_default_account()
    {
        await server.Send("POST", "/api/v1/namespaces", """{"metadata":{"name":"fresh"}}""");
        var pod = server.Send("POST", "/api/v1/namespaces/fresh/pods", """{"metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"i"}]}}""");
        await server.Send("POST", "/api/v1/namespaces/fresh/serviceaccounts", """{"metadata":{"name":"default"}}""");
        Assert.That((await pod).Code, Is.EqualTo(201));
        var stranger = await server.Send("POST", "/api/v1/namespaces/fresh/pods", """{"metadata":{"name":"q"},"spec":{"serviceAccountName":"nobody","containers":[{"name":"c","image":"i"}]}}""");
        Assert.That(stranger.Code, Is.EqualTo(403));
        Assert.That(stranger.Body.Text("message"), Does.EndWith("error looking up service account fresh/nobody: serviceaccount \"nobody\" not found"));
    }

    [TestCase("/apis/events.k8s.io/v1", "reportingController=who,regarding.name=p,reason=Why", 1)]
    [TestCase("/apis/events.k8s.io/v1", "regarding.name=q", 0)]
    [TestCase("/apis/events.k8s.io/v1", "involvedObject.name=p", -1)]
    [TestCase("/api/v1", "reportingComponent=who,involvedObject.name=p,source=who", 1)]
    [TestCase("/api/v1", "regarding.name=p", -1)]
    public async Task Events_are_selected_by_the_names_of_their_group(string group, string selector, int found)
    {
        foreach (var name in (string[])["a", "b"])
        {
            var (code, body) = await server.Send("POST", "/apis/events.k8s.io/v1/namespaces/default/events", $$$"""
                {"metadata":{"name":"{{{name}}}"},"eventTime":"2026-01-01T00:00:00.000000Z","reportingController":"{{{(name == "a" ? "who" : "other")}}}","reportingInstance":"i","action":"Do","reason":"Why","type":"Normal",
                "regarding":{"kind":"Pod","namespace":"default","name":"{{{(name == "a" ? "p" : "r")}}}"}}
                """);
            Assert.That(code, Is.EqualTo(201), body.ToString());
        }
        var listed = await server.Send("GET", $"{group}/namespaces/default/events?fieldSelector={Uri.EscapeDataString(selector)}");
        Assert.That(found < 0 ? (listed.Code, -1) : (listed.Code, listed.Body.List("items")!.Count), Is.EqualTo((found < 0 ? 400 : 200, found)), listed.Body.ToString());
    }

    [Test]
    public async Task A_stored_object_carries_the_revision_of_its_last_change()
    {
        var (_, created) = await Put("a");
        var (_, read) = await server.Send("GET", $"{Maps}/a");
        var (_, changed) = await server.Send("PATCH", $"{Maps}/a", """{"data":{"k":"2"}}""", "application/merge-patch+json");
        Assert.Multiple(() =>
        {
            Assert.That(read.ToString(), Is.EqualTo(created.ToString()));
            Assert.That(long.Parse(changed.Map("metadata")!.Text("resourceVersion")!), Is.GreaterThan(long.Parse(created.Map("metadata")!.Text("resourceVersion")!)));
        });
    }

    [Test]
    public async Task A_write_that_changes_nothing_writes_nothing()
    {
        var (_, created) = await Put("a", "1");
        var (_, again) = await server.Send("PUT", $"{Maps}/a", created.ToString());
        Assert.That(again.Map("metadata")!.Text("resourceVersion"), Is.EqualTo(created.Map("metadata")!.Text("resourceVersion")));
    }

    [Test]
    public async Task An_update_of_an_old_state_is_a_conflict()
    {
        var (_, created) = await Put("a", "1");
        await server.Send("PATCH", $"{Maps}/a", """{"data":{"k":"2"}}""", "application/merge-patch+json");
        created.Map("data")!.Set("k", "3");
        var (code, status) = await server.Send("PUT", $"{Maps}/a", created.ToString());
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(409));
            Assert.That(status.Text("message"), Is.EqualTo(
                "Operation cannot be fulfilled on configmaps \"a\": the object has been modified; please apply your changes to the latest version and try again"));
        });
    }

    [Test]
    public async Task Creating_twice_names_what_is_there()
    {
        await Put("a");
        var (code, status) = await Put("a");
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(409));
            Assert.That(status.Text("message"), Is.EqualTo("configmaps \"a\" already exists"));
            Assert.That(status.Text("reason"), Is.EqualTo("AlreadyExists"));
        });
    }

    [Test]
    public async Task A_dry_run_leaves_no_trace()
    {
        var (code, _) = await server.Send("POST", $"{Maps}?dryRun=All", """{"metadata":{"name":"a"}}""");
        var (found, _) = await server.Send("GET", $"{Maps}/a");
        Assert.That((code, found), Is.EqualTo((201, 404)));
    }

    [Test]
    public async Task Pages_together_are_the_list_as_it_was_at_the_first_page()
    {
        for (var i = 0; i < 7; i++) await Put($"m{i}");
        var names = new List<string>();
        var token = "";
        string? revision = null;
        do
        {
            var (_, page) = await server.Send("GET", $"{Maps}?limit=3&continue={token}");
            revision ??= page.Map("metadata")!.Text("resourceVersion");
            Assert.That(page.Map("metadata")!.Text("resourceVersion"), Is.EqualTo(revision));
            names.AddRange(page.List("items")!.Maps().Select(m => m.Map("metadata")!.Text("name")!));
            token = page.Map("metadata")!.Text("continue") ?? "";
            await Put($"late{names.Count}");
        }
        while (token.Length > 0);
        Assert.That(names, Is.EqualTo(new[] { "m0", "m1", "m2", "m3", "m4", "m5", "m6" }));
    }

    [Test]
    public async Task The_rest_of_a_list_that_was_forgotten_can_be_had_as_it_is_now()
    {
        for (var i = 0; i < 6; i++) await Put($"m{i}");
        var (_, first) = await server.Send("GET", $"{Maps}?limit=2");
        var token = first.Map("metadata")!.Text("continue");
        await server.Send("DELETE", $"{Maps}/m3");
        await Put("m9");
        await server.Compact(server.Assembly.Context.Store.Revision);

        var (code, expired) = await server.Send("GET", $"{Maps}?limit=2&continue={token}");
        Assert.That((code, expired.Text("reason")), Is.EqualTo((410, "Expired")));
        Assert.That(expired.Text("message"), Does.StartWith("The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token"));

        var names = new List<string>();
        token = expired.Map("metadata")!.Text("continue")!;
        var revision = server.Assembly.Context.Store.Revision.ToString(System.Globalization.CultureInfo.InvariantCulture);
        while (token is { Length: > 0 })
        {
            var (_, page) = await server.Send("GET", $"{Maps}?limit=2&continue={token}");
            Assert.That(page.Map("metadata")!.Text("resourceVersion"), Is.EqualTo(revision));
            names.AddRange(page.List("items")!.Maps().Select(m => m.Map("metadata")!.Text("name")!));
            token = page.Map("metadata")!.Text("continue");
        }
        Assert.That(names, Is.EqualTo(new[] { "m2", "m4", "m5", "m9" }));

        var (exact, old) = await server.Send("GET", $"{Maps}?resourceVersionMatch=Exact&resourceVersion={first.Map("metadata")!.Text("resourceVersion")}");
        Assert.That((exact, old.Text("message"), old.Map("metadata")!.Count), Is.EqualTo((410, "The resourceVersion for the provided list is too old.", 0)));
    }

    [Test]
    public async Task A_label_selector_narrows_a_list()
    {
        await Put("a", labels: """{"x":"1"}""");
        await Put("b", labels: """{"x":"2"}""");
        var (_, list) = await server.Send("GET", $"{Maps}?labelSelector=x%3D2");
        Assert.That(list.List("items")!.Maps().Select(m => m.Map("metadata")!.Text("name")), Is.EqualTo(new[] { "b" }));
    }

    [Test]
    public async Task A_watch_with_a_selector_shows_coming_in_and_dropping_out()
    {
        await Put("a", labels: """{"x":"1"}""");
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var response = await server.Raw("GET", $"{Maps}?watch=1&labelSelector=x%3D1&resourceVersion=0", cancel: stop.Token);
        await using var frames = ((ApiResponse.Frames)response).Content.SelectMany(b => b.Frames).GetAsyncEnumerator(stop.Token);
        Assert.That(await Next(frames), Is.EqualTo("ADDED a"));
        await server.Send("PATCH", $"{Maps}/a", """{"metadata":{"labels":{"x":"2"}}}""", "application/merge-patch+json");
        Assert.That(await Next(frames), Is.EqualTo("DELETED a"));
        await server.Send("PATCH", $"{Maps}/a", """{"metadata":{"labels":{"x":"1"}}}""", "application/merge-patch+json");
        Assert.That(await Next(frames), Is.EqualTo("ADDED a"));
        await server.Send("PATCH", $"{Maps}/a", """{"data":{"k":"9"}}""", "application/merge-patch+json");
        Assert.That(await Next(frames), Is.EqualTo("MODIFIED a"));
        await server.Send("DELETE", $"{Maps}/a");
        Assert.That(await Next(frames), Is.EqualTo("DELETED a"));
    }

    [Test]
    public async Task A_watch_that_lasted_long_enough_just_ends()
    {
        await Put("a");
        var response = await server.Raw("GET", $"{Maps}?watch=1&resourceVersion=0&timeoutSeconds=1");
        var types = await ((ApiResponse.Frames)response).Content.SelectMany(b => b.Frames).Select(f => f.Type).ToListAsync();
        Assert.That(types, Is.EqualTo(new[] { FrameType.Added }));
    }

    [Test]
    public async Task A_watch_that_waits_is_told_how_far_it_has_got_and_goes_on()
    {
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var response = await server.Raw("GET", $"{Maps}?watch=1&allowWatchBookmarks=true&resourceVersion=0", cancel: stop.Token);
        await using var frames = ((ApiResponse.Frames)response).Content.SelectMany(b => b.Frames).GetAsyncEnumerator(stop.Token);
        for (var i = 0; i < 2; i++)
        {
            Assert.That(await frames.MoveNextAsync(), Is.True);
            Assert.That(frames.Current.Type, Is.EqualTo(FrameType.Bookmark));
        }
        await Put("a");
        do Assert.That(await frames.MoveNextAsync(), Is.True);
        while (frames.Current.Type == FrameType.Bookmark);
        Assert.That(frames.Current.Type, Is.EqualTo(FrameType.Added));
    }

    private static async Task<string> Next(IAsyncEnumerator<WatchFrame> frames)
    {
        Assert.That(await frames.MoveNextAsync(), Is.True);
        var bytes = new System.Buffers.ArrayBufferWriter<byte>();
        frames.Current.WriteTo(bytes);
        var frame = JsonReader.ReadMap(bytes.WrittenSpan);
        return $"{frame.Text("type")} {frame.Map("object")!.Map("metadata")!.Text("name")}";
    }

    [Test]
    public async Task A_finalizer_keeps_a_deleted_object_until_it_is_taken_away()
    {
        await server.Send("POST", Maps, """{"metadata":{"name":"f","finalizers":["x.io/y"]}}""");
        var (_, deleted) = await server.Send("DELETE", $"{Maps}/f");
        Assert.That(deleted.Map("metadata")!.Has("deletionTimestamp"), Is.True);
        await server.Send("PATCH", $"{Maps}/f", """{"metadata":{"finalizers":null}}""", "application/merge-patch+json");
        var (code, _) = await server.Send("GET", $"{Maps}/f");
        Assert.That(code, Is.EqualTo(404));
    }

    [Test]
    public async Task A_delete_for_another_uid_is_refused()
    {
        await Put("a");
        var (code, status) = await server.Send("DELETE", $"{Maps}/a", """{"preconditions":{"uid":"other"}}""");
        Assert.That((code, status.Text("message")!.Contains("Precondition failed: UID in precondition: other", StringComparison.Ordinal)), Is.EqualTo((409, true)));
    }

    [TestCase("{", 400)]
    [TestCase("[]", 400)]
    [TestCase("", 400)]
    [TestCase("""{"metadata":{"name":"a"},"data":{"k":1e999}}""", 400)]
    [TestCase("""{"metadata":{"name":"a"},"data":[1]}""", 400)]
    [TestCase("""{"apiVersion":"v2","kind":"ConfigMap","metadata":{"name":"a"}}""", 400)]
    [TestCase("""{"metadata":{"name":"Not/Ok"}}""", 422)]
    public async Task A_bad_body_gets_a_clear_refusal(string body, int expected)
    {
        var (code, status) = await server.Send("POST", Maps, body);
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(expected), status.ToString());
            Assert.That(status.Text("kind"), Is.EqualTo("Status"));
            Assert.That(status.Text("message"), Is.Not.Empty);
        });
    }

    [Test]
    public async Task Deep_nesting_is_refused_and_not_followed()
    {
        var body = new StringBuilder("{\"a\":").Insert(0, string.Concat(Enumerable.Repeat("[", 20_000))).ToString();
        var (code, _) = await server.Send("POST", Maps, body);
        Assert.That(code, Is.EqualTo(400));
    }

    [Test]
    public async Task Strict_validation_names_unknown_and_doubled_fields()
    {
        var (code, status) = await server.Send("POST", $"{Maps}?fieldValidation=Strict", """{"metadata":{"name":"a","name":"a"},"dta":{}}""");
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(400));
            Assert.That(status.Text("message"), Does.Contain("unknown field \"dta\"").And.Contain("duplicate field \"metadata.name\""));
        });
    }

    [Test]
    public async Task Concurrent_creators_get_different_service_addresses_and_ports()
    {
        var made = await Task.WhenAll(Enumerable.Range(0, 64).Select(i => Task.Run(() => server.Send("POST", "/api/v1/namespaces/default/services",
            $$$"""{"metadata":{"name":"s{{{i}}}"},"spec":{"type":"NodePort","ports":[{"port":80}]}}"""))));
        Assert.Multiple(() =>
        {
            Assert.That(made.Select(m => m.Code), Is.All.EqualTo(201));
            Assert.That(made.Select(m => m.Body.Map("spec")!.Text("clusterIP")), Is.Unique);
            Assert.That(made.Select(m => m.Body.Map("spec")!.List("ports")!.Maps().Single().Whole("nodePort")), Is.Unique);
        });
        await server.Send("DELETE", "/api/v1/namespaces/default/services/s0");
        var (code, again) = await server.Send("POST", "/api/v1/namespaces/default/services",
            $$$"""{"metadata":{"name":"again"},"spec":{"clusterIP":"{{{made[0].Body.Map("spec")!.Text("clusterIP")}}}","ports":[{"port":80}]}}""");
        Assert.That(code, Is.EqualTo(201), again.ToString());
    }
}
