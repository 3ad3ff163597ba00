using MiniKube.Store.Tests.Contract;
using static MiniKube.Store.Tests.Contract.Writes;

namespace MiniKube.Store.Tests.Durability;

[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class RestartTests
{
    private readonly TempStores stores = new("sqlite");

    [TearDown]
    public async Task Close() => await stores.DisposeAsync();

    [Test]
    public async Task Everything_is_there_again()
    {
        var store = await stores.Open(new());
        for (var i = 0; i < 50; i++) await store.Must(Put($"n{i % 7}", $"node=h{i % 3} {i}"));
        await store.Must(Delete("n3"));
        await store.Must(new Change.Put(Key("s", "", "nodes"), Value(""), 0));
        var before = Show(store);
        await store.DisposeAsync();

        var indexed = IndexedTerm.Label("node");
        store = await stores.Open(new() { Indexes = _ => [indexed] });
        Assert.That(Show(store), Is.EqualTo(before));
        Assert.That(store.Revision, Is.EqualTo(52));
        Assert.That(store.Get(Key("n1"))!.Terms.Field("node"), Is.EqualTo("h1"));
        Assert.That(store.Snapshot().Where("pods", indexed, "h1").Count(),
            Is.EqualTo(store.Snapshot().List("pods").Count(e => e.Terms.Label("node") == "h1")));
        Assert.That((await store.Must(Create("next"))).Revision, Is.EqualTo(53));

        static string Show(StateStore s) => string.Join('\n', s.Snapshot().Collections.Order().SelectMany(c => s.Snapshot().List(c))
            .Select(e => $"{e.Key} {e.Text()} {e.Revision} {e.Created}"));
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task The_newest_revision_is_never_given_twice(bool compacted)
    {
        var store = await stores.Open(new());
        await store.Must(Create("a"));
        await store.Must(Create("b"));
        await store.Must(Delete("b"));
        if (compacted) Assert.That(await store.CompactAsync(3), Is.Null);
        await store.DisposeAsync();
        for (var round = 0; round < 3; round++)
        {
            store = await stores.Open(new());
            Assert.That(store.Revision, Is.EqualTo(3));
            Assert.That(store.Compacted, Is.EqualTo(compacted ? 3 : 0));
            await store.DisposeAsync();
        }

        store = await stores.Open(new());
        Assert.That((await store.Must(Create("c"))).Revision, Is.EqualTo(4));
    }

    [Test]
    public async Task Following_goes_on_across_a_restart_and_ends_where_compaction_went()
    {
        var store = await stores.Open(new() { RecentEvents = 16 });
        for (var i = 1; i <= 1500; i++) await store.Must(i % 5 == 0 && store.Get(Key("n0")) is not null ? Delete("n0") : Put($"n{i % 5}", $"{i}"));
        using var early = await store.MustFollow(0);
        var seen = (await early.Take(400)).Count;
        var position = early.Position;
        Assert.That(position, Is.EqualTo(seen));
        await store.DisposeAsync();

        store = await stores.Open(new() { RecentEvents = 16 });
        using var resumed = await store.MustFollow(position);
        var rest = await resumed.Take(1500 - seen);
        Assert.That(rest.Select(e => e.Revision), Is.EqualTo(Enumerable.Range(seen + 1, 1500 - seen)));
        foreach (var change in rest.Where(e => e.Deleted)) Assert.That(change.Entry.Value, Is.EqualTo(change.Previous!.Value));
        await store.Must(Put("n1", "live"));
        Assert.That((await resumed.Take(1))[0].Entry.Text(), Is.EqualTo("live"));

        Assert.That(await store.CompactAsync(1000), Is.Null);
        Assert.That((await store.Follow("pods", 999)).Fault, Is.EqualTo(new StoreFault.Compacted(1000)));
        using var late = await store.MustFollow(1000);
        await store.DisposeAsync();
        store = await stores.Open(new());
        Assert.That((await store.Follow("pods", 999)).Fault, Is.EqualTo(new StoreFault.Compacted(1000)));
        using var last = await store.MustFollow(1000);
        Assert.That((await last.Take(501))[0].Revision, Is.EqualTo(1001));
    }

    [Test]
    public async Task A_reader_of_history_overtaken_by_compaction_is_told()
    {
        var store = await stores.Open(new() { RecentEvents = 16 });
        for (var i = 1; i <= 2000; i++) await store.Must(Put($"n{i % 5}", $"{i}"));
        using var slow = await store.MustFollow(0);
        await slow.Take(1);
        Assert.That(await store.CompactAsync(1900), Is.Null);
        Assert.That((await slow.ReadAsync(default)).Fault, Is.EqualTo(new StoreFault.Compacted(1900)));
    }

    [Test]
    public async Task A_clock_that_goes_back_hurts_nothing()
    {
        var clock = new SetClock();
        var options = new StoreOptions { KeepRevisions = 10, KeepFor = TimeSpan.FromHours(1) };
        var store = await stores.Open(options, clock);
        for (var i = 0; i < 100; i++) await store.Must(Put("a", $"{i}"));
        clock.Now -= TimeSpan.FromDays(400);
        for (var i = 0; i < 100; i++) await store.Must(Put("a", $"{i}"));
        await store.DisposeAsync();
        store = await stores.Open(options, clock);
        Assert.That((store.Revision, store.Compacted), Is.EqualTo((200, 0)));
        Assert.That((await store.GetAt(Key("a"), 150)).Entry!.Revision, Is.EqualTo(150));
        clock.Now += TimeSpan.FromDays(401);
        // Enough writes to make it look at the window.
        for (var i = 0; i < 30; i++) Assert.That((await store.WriteAsync([.. Enumerable.Range(0, 100).Select(j => Put("a", $"{j}"))])).Ok);
        while (store.Compacted < 200) await Task.Yield();
        Assert.That(store.Get(Key("a")).Text(), Is.EqualTo("99"));
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task A_million_revisions_leave_a_small_file(CancellationToken patience)
    {
        var store = await stores.Open(new() { KeepRevisions = 10_000, KeepFor = TimeSpan.Zero });
        long most = 0, mostWal = 0;
        for (var round = 0; round < 1000; round++)
        {
            Assert.That((await store.WriteAsync([.. Enumerable.Range(0, 1000).Select(i => Put($"n{i}", $"{round} {new string('x', 200)}"))], patience)).Ok);
            if (round % 10 != 0) continue;
            var stats = store.Stats();
            (most, mostWal) = (Math.Max(most, stats.FileBytes), Math.Max(mostWal, stats.WalBytes));
        }

        Assert.That(store.Revision, Is.EqualTo(1_000_000));
        while (store.Compacted < 980_000 || store.Stats().FileBytes > 60 << 20)
        {
            await store.Must(Put("n0", "last"));
            patience.ThrowIfCancellationRequested();
        }

        await TestContext.Out.WriteLineAsync($"file at most {most >> 20} MB, WAL at most {mostWal >> 20} MB");
        Assert.That(most, Is.LessThan(80L << 20), "file");
        Assert.That(mostWal, Is.LessThan(96L << 20), "WAL");
        Assert.That((await store.SnapshotAt(store.Revision - 5000, patience)).Snapshot!.Count("pods"), Is.EqualTo(1000));
        await store.DisposeAsync();
        store = await stores.Open(new() { FullCheck = true });
        Assert.That(store.Snapshot().Count("pods"), Is.EqualTo(1000));
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task The_file_shrinks_when_history_beyond_its_size_goes(CancellationToken patience)
    {
        var store = await stores.Open(new() { KeepBytes = 4 << 20 });
        for (var i = 0; i < 60; i++) Assert.That((await store.WriteAsync([.. Enumerable.Range(0, 20).Select(j => Put($"n{j}", new string('x', 50_000)))], patience)).Ok);
        while (store.Compacted == 0 || store.Stats().FileBytes > 40 << 20)
        {
            await store.Must(Put("n0", new string('x', 50_000)));
            patience.ThrowIfCancellationRequested();
        }
    }

    private sealed class SetClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
        public override DateTimeOffset GetUtcNow() => Now;
    }
}
