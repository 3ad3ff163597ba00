using MiniKube.Machinery;
using MiniKube.TestKit;

namespace MiniKube.ControlLoop.Tests;

public class InformerTests
{
    private MemoryApi api = null!;
    private Caches caches = null!;
    private CancellationTokenSource life = null!;
    private Cache<JsonMap> things = null!;

    [SetUp]
    public void Start()
    {
        api = new(TimeProvider.System);
        caches = new(api, TimeProvider.System);
        life = new();
        things = caches.Of(Things.Type);
    }

    [TearDown]
    public async Task Stop()
    {
        await life.CancelAsync();
        await caches.Ended();
        life.Dispose();
    }

    private Task<Result<ApiObject>> Add(string name, string label = "a") => api.Create(Things.Type.Ref, "ns", Things.Thing(name, label: label));

    [Test]
    public async Task Shows_what_was_there_and_what_comes_later()
    {
        await Add("one");
        caches.Start(life.Token);
        await caches.WhenSynced(life.Token);
        Assert.That(things.Get("ns", "one"), Is.Not.Null);
        await Add("two");
        await things.Reaches(api.Version, life.Token);
        Assert.That(things.Count, Is.EqualTo(2));
        await api.Delete(Things.Type.Ref, "ns", "one");
        await things.Reaches(api.Version, life.Token);
        Assert.That(things.Get("ns", "one"), Is.Null);
    }

    [Test]
    public async Task Goes_on_after_watches_end_and_lists_anew_after_history_is_gone([Values] bool forget)
    {
        await Add("one");
        await Add("two");
        caches.Start(life.Token);
        await caches.WhenSynced(life.Token);
        var changes = new List<string>();
        things.Subscribe(c => changes.Add($"{(c.Old is null ? "+" : c.New is null ? "-" : "~")}{c.Latest.Name}"));
        for (var round = 0; round < 5; round++)
        {
            api.DropWatches(forget);
            await api.Delete(Things.Type.Ref, "ns", round % 2 == 0 ? "one" : "three");
            await Add(round % 2 == 0 ? "three" : "one");
            await Things.Until(() => things.Get("ns", round % 2 == 0 ? "three" : "one") is not null);
        }
        await things.Reaches(api.Version, life.Token);
        Assert.That(things.All().Select(t => t.Name), Is.EquivalentTo(new[] { "two", "three" }));
        Assert.That(changes, Does.Not.Contain("+two").And.Not.Contain("~two"), "what did not change is not told again");
        Assert.That(changes.Count(c => c == "-one"), Is.EqualTo(3));
    }

    [Test]
    public async Task Tells_nothing_twice_when_connections_break()
    {
        await Add("one");
        var breaking = new BreakingApi(api);
        var own = new Caches(breaking, TimeProvider.System);
        var cache = own.Of(Things.Type);
        var changes = new List<string>();
        cache.Subscribe(c => changes.Add(c.Latest.Name));
        own.Start(life.Token);
        await own.WhenSynced(life.Token);
        foreach (var name in new[] { "two", "three", "four" })
        {
            await Add(name);
            await cache.Reaches(api.Version, life.Token).WaitAsync(TimeSpan.FromSeconds(60));
        }
        await Things.Until(() =>
        {
            lock (breaking.WatchedFrom) return breaking.WatchedFrom.Count == 4;
        });
        Assert.That(changes, Is.EqualTo(new[] { "one", "two", "three", "four" }));
        Assert.That(breaking.WatchedFrom, Is.Unique, "each goes on where the one before broke");
        await life.CancelAsync();
        await own.Ended();
    }

    [Test]
    public async Task An_object_made_again_under_the_same_name_while_nobody_watched_is_told_as_removal_and_arrival()
    {
        await Add("one");
        caches.Start(life.Token);
        await caches.WhenSynced(life.Token);
        var changes = new List<string>();
        things.Subscribe(c => changes.Add(c.Old is null ? "+" : c.New is null ? "-" : "~"));
        things.Replace([JsonWriter.ToUtf8(JsonReader.ParseMap(
            """{"metadata":{"name":"one","namespace":"ns","uid":"other","resourceVersion":"999"}}"""))], 999);
        Assert.That(changes, Is.EqualTo(new[] { "-", "+" }));
    }

    [Test]
    public async Task Indexes_follow_every_change_and_snapshots_stay()
    {
        var labels = things.ByLabel();
        await Add("one", "x");
        await Add("two", "y");
        caches.Start(life.Token);
        await caches.WhenSynced(life.Token);
        var selector = LabelSelector.FromLabels(new Dictionary<string, string> { ["l"] = "x" });
        var before = labels.Selected("ns", selector);
        await api.Patch(Things.Type.Ref, "ns", "two", PatchKind.Merge, """{"metadata":{"labels":{"l":"x"}}}"""u8.ToArray());
        await things.Reaches(api.Version, life.Token);
        Assert.That(before.Select(i => i.Name), Is.EqualTo(new[] { "one" }));
        Assert.That(labels.Selected("ns", selector).Select(i => i.Name), Is.EquivalentTo(new[] { "one", "two" }));
        Assert.That(labels.Selected("other", selector), Is.Empty);
        Assert.That(labels.Selected("ns", LabelSelector.Nothing), Is.Empty);
    }
}
