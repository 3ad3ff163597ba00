using static MiniKube.Store.Tests.Contract.Writes;

namespace MiniKube.Store.Tests.Contract;

public sealed class HistoryTests(string implementation) : StoreFixture(implementation)
{
    [Test]
    public async Task Every_past_state_can_be_asked_for()
    {
        var store = Open();
        var states = new List<string> { "" };
        var random = new Random(3);
        for (var i = 0; i < 300; i++)
        {
            var name = $"n{random.Next(12)}";
            await store.Must(store.Get(Key(name)) is not null && random.Next(3) == 0 ? Delete(name) : Put(name, $"{i}"));
            states.Add(Show(store.Snapshot()));
        }

        for (var revision = 0; revision <= 300; revision++)
        {
            var (snapshot, fault) = await store.SnapshotAt(revision);
            Assert.That(fault, Is.Null);
            Assert.That(snapshot!.Revision, Is.EqualTo(revision));
            Assert.That(Show(snapshot), Is.EqualTo(states[revision]), $"at {revision}");
            var key = Key($"n{revision % 12}");
            var (entry, entryFault) = await store.GetAt(key, revision);
            Assert.That(entryFault, Is.Null);
            Assert.That(entry?.Revision, Is.EqualTo(snapshot.Get(key)?.Revision));
        }

        static string Show(ISnapshot s) => string.Join(' ', s.List("pods").Select(e => $"{e.Key.Name}={e.Text()}@{e.Revision}/{e.Created}"));
    }

    [Test]
    public async Task Compaction_forgets_what_it_says_and_keeps_the_state_at_its_revision()
    {
        var store = Open();
        for (var i = 1; i <= 20; i++) await store.Must(Put($"n{i % 3}", $"{i}"));
        Assert.That(await store.CompactAsync(12), Is.Null);
        Assert.That(store.Compacted, Is.EqualTo(12));

        Assert.That((await store.SnapshotAt(11)).Fault, Is.TypeOf<StoreFault.Compacted>());
        Assert.That((await store.GetAt(Key("n0"), 11)).Fault, Is.TypeOf<StoreFault.Compacted>());
        Assert.That((await store.Follow("pods", 11)).Fault, Is.TypeOf<StoreFault.Compacted>());
        Assert.That((await store.SnapshotAt(12)).Snapshot!.List("pods").Select(e => e.Text()), Is.EqualTo(new[] { "12", "10", "11" }));
        Assert.That((await store.GetAt(Key("n1"), 12)).Entry.Text(), Is.EqualTo("10"));
        using var follower = await store.MustFollow(12);
        Assert.That((await follower.Take(8)).Select(e => e.Revision), Is.EqualTo(Enumerable.Range(13, 8)));

        Assert.That(await store.CompactAsync(12), Is.TypeOf<StoreFault.Compacted>());
        Assert.That(await store.CompactAsync(21), Is.TypeOf<StoreFault.Future>());
        Assert.That(store.Snapshot().Count("pods"), Is.EqualTo(3));
    }

    [Test]
    public async Task Compacting_everything_loses_no_object_and_no_revision()
    {
        var store = Open();
        for (var i = 1; i <= 10; i++) await store.Must(Put($"n{i}", $"{i}"));
        await store.Must(Delete("n10"));
        Assert.That(await store.CompactAsync(11), Is.Null);
        Assert.That(store.Snapshot().Count("pods"), Is.EqualTo(9));
        Assert.That((await store.SnapshotAt(11)).Fault, Is.Null);
        Assert.That((await store.Must(Create("n10"))).Revision, Is.EqualTo(12));
        using var follower = await store.MustFollow(11);
        Assert.That((await follower.Take(1))[0].Previous, Is.Null);
    }

    [Test]
    public async Task The_future_is_unknown()
    {
        var store = Open();
        await store.Must(Create("a"));
        Assert.That((await store.SnapshotAt(2)).Fault, Is.EqualTo(new StoreFault.Future(1)));
        Assert.That((await store.GetAt(Key("a"), 2)).Fault, Is.TypeOf<StoreFault.Future>());
        Assert.That((await store.Follow("pods", 2)).Fault, Is.TypeOf<StoreFault.Future>());
        Assert.That((await store.SnapshotAt(-1)).Fault, Is.TypeOf<StoreFault.Compacted>());
    }
}
