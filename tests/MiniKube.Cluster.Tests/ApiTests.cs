using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Cluster.Tests;

/// <summary>What every way to the server must do alike: in its own process, and over a real socket.</summary>
[TestFixture(false)]
[TestFixture(true)]
public class ApiTests(bool overHttp)
{
    private static readonly ResourceRef Maps = Resources.RefOf<ConfigMap>();

    private TestCluster cluster = null!;
    private WebApplication? web;
    private IApi api = null!;

    [SetUp]
    public async Task Start()
    {
        cluster = await TestCluster.Start(nodes: 0, withLoops: false);
        api = cluster.Api;
        if (!overHttp) return;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0));
        web = builder.Build();
        web.Run(cluster.Server.Front.Serve);
        await web.StartAsync();
        var address = ((IServer)web.Services.GetService(typeof(IServer))!).Features.Get<IServerAddressesFeature>()!.Addresses.First();
        api = new HttpApi(new(new Uri(address)) { Token = _ => ValueTask.FromResult<string?>(TestCluster.AdminToken) });
    }

    [TearDown]
    public async Task Stop()
    {
        (api as IDisposable)?.Dispose();
        if (web is not null) await web.DisposeAsync();
        await cluster.DisposeAsync();
    }

    private static byte[] Map(string name, string value = "1", string? version = null)
    {
        var metadata = new JsonMap { { "name", name }, { "labels", new JsonMap { { "l", value } } } };
        if (version is not null) metadata.Add("resourceVersion", version);
        return JsonWriter.ToUtf8(new JsonMap
        {
            { "apiVersion", "v1" }, { "kind", "ConfigMap" }, { "metadata", metadata }, { "data", new JsonMap { { "k", value } } },
        });
    }

    private static Item<ConfigMap> Read(ApiObject made) => Resources.Of<ConfigMap>().Item(made.Json);

    [Test]
    public async Task An_object_comes_changes_and_goes()
    {
        var made = Read((await api.Create(Maps, "default", Map("a"))).Value);
        Assert.That(made.Value.Data!["k"], Is.EqualTo("1"));
        Assert.That(Read((await api.Get(Maps, "default", "a")).Value).Uid, Is.EqualTo(made.Uid));
        var patched = await api.Patch(Maps, "default", "a", PatchKind.Merge, Encoding.UTF8.GetBytes("""{"data":{"k":"2"}}"""));
        Assert.That(Read(patched.Value).Value.Data!["k"], Is.EqualTo("2"));
        Assert.That((await api.Delete(Maps, "default", "a")).Ok);
        var gone = await api.Get(Maps, "default", "a");
        Assert.That((gone.Error!.Code, gone.Error.Reason, gone.Error.Message), Is.EqualTo((404, "NotFound", "configmaps \"a\" not found")));
    }

    [Test]
    public async Task Refusals_are_values_with_all_their_words()
    {
        await api.Create(Maps, "default", Map("a"));
        var twice = await api.Create(Maps, "default", Map("a"));
        Assert.That((twice.Error!.Code, twice.Error.Reason, twice.Error.Message), Is.EqualTo((409, "AlreadyExists", "configmaps \"a\" already exists")));
        var stale = await api.Update(Maps, "default", "a", Map("a", "2", version: "1"));
        Assert.That((stale.Error!.Code, stale.Error.Reason), Is.EqualTo((409, "Conflict")));
        var wrongUid = await api.Delete(Maps, "default", "a", new DeleteQuery { Uid = "00000000-0000-0000-0000-000000000000" });
        Assert.That(wrongUid.Error!.Reason, Is.EqualTo("Conflict"));
        var invalid = await api.Create(Maps, "default", Map("Not-A-Name"));
        Assert.That((invalid.Error!.Code, invalid.Error.Reason), Is.EqualTo((422, "Invalid")));
    }

    [Test]
    public async Task Lists_select_and_come_in_pages()
    {
        for (var i = 0; i < 5; i++) await api.Create(Maps, "default", Map($"m{i}", $"{i % 2}"));
        var odd = (await api.List(Maps, "default", new ListQuery { LabelSelector = "l=1" })).Value;
        Assert.That(odd.Items, Has.Count.EqualTo(2));
        var names = new List<string>();
        string? next = null;
        do
        {
            var page = (await api.List(Maps, "default", new ListQuery { LabelSelector = "l", Limit = 2, Continue = next })).Value;
            Assert.That(page.Items, Has.Count.LessThanOrEqualTo(2));
            names.AddRange(page.Items.Select(i => Resources.Of<ConfigMap>().Item(i).Name));
            next = page.Continue;
        }
        while (next is { Length: > 0 });
        Assert.That(names, Is.EqualTo(["m0", "m1", "m2", "m3", "m4"]));
    }

    [Test, CancelAfter(120_000)]
    public async Task A_watch_tells_everything_after_its_version_in_order(CancellationToken cancel)
    {
        var from = (await api.List(Maps, "default", cancel: cancel)).Value.ResourceVersion;
        await api.Create(Maps, "default", Map("a"), cancel: cancel);
        await api.Update(Maps, "default", "a", Map("a", "2"), cancel: cancel);
        await api.Delete(Maps, "default", "a", cancel: cancel);
        var seen = new List<EventType>();
        await foreach (var change in api.Watch(Maps, "default", new ListQuery { ResourceVersion = from }, cancel))
        {
            seen.Add(change.Type);
            if (seen.Count == 3) break;
        }
        Assert.That(seen, Is.EqualTo([EventType.Added, EventType.Modified, EventType.Deleted]));
    }

    [Test, CancelAfter(120_000)]
    public async Task A_watch_from_a_version_that_never_was_ends_with_an_error(CancellationToken cancel)
    {
        ApiEvent? last = null;
        await foreach (var change in api.Watch(Maps, "default", new ListQuery { ResourceVersion = "not-a-number" }, cancel)) last = change;
        Assert.That(last?.Type, Is.EqualTo(EventType.Error));
        Assert.That(last!.Error!.Code, Is.EqualTo(500), "as upstream: only lists call it a bad request");
    }
}
