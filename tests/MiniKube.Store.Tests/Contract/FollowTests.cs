using static MiniKube.Store.Tests.Contract.Writes;

namespace MiniKube.Store.Tests.Contract;

public sealed class FollowTests(string implementation) : StoreFixture(implementation)
{
    [Test]
    public async Task Shows_each_kind_of_change()
    {
        var store = Open();
        await store.Must(Create("a", "1"));
        await store.Must(Put("a", "2"));
        await store.Must(Delete("a"));
        await store.Must(Create("a", "3"));
        await store.Must(new Change.Delete(Key("a"), 4, Value("last")));
        using var follower = await store.MustFollow(0);
        var seen = await follower.Take(5);
        Assert.That(seen.Select(e => (e.Revision, e.Deleted, e.Entry.Text(), e.Previous.Text())), Is.EqualTo(new[]
        {
            (1L, false, "1", ""), (2L, false, "2", "1"), (3L, true, "2", "2"), (4L, false, "3", ""), (5L, true, "last", "3"),
        }));
        Assert.That(seen.All(e => e.Entry.Revision == e.Revision));
        Assert.That(follower.Position, Is.EqualTo(5));
    }

    [Test]
    public async Task Follows_one_collection_or_all()
    {
        var store = Open();
        await store.Must(Create("a"));
        await store.Must(new Change.Put(Key("s", "default", "services"), Value("v"), 0));
        await store.Must(Create("b"));
        using var pods = await store.MustFollow(0);
        using var all = await store.MustFollow(0, collection: null);
        Assert.That((await pods.Take(2)).Select(e => e.Revision), Is.EqualTo(new[] { 1, 3 }));
        Assert.That((await all.Take(3)).Select(e => e.Revision), Is.EqualTo(new[] { 1, 2, 3 }));
    }

    [Test]
    public async Task Position_moves_with_changes_of_others()
    {
        var store = Open();
        await store.Must(Create("a"));
        using var follower = await store.MustFollow(0, "services");
        for (var i = 0; i < 5; i++) await store.Must(Create($"p{i}"));
        Assert.That(follower.Position, Is.EqualTo(6));
        await store.Must(new Change.Put(Key("s", "default", "services"), Value("v"), 0));
        Assert.That(follower.Position, Is.LessThan(7), "there is a change it has not returned");
        await follower.Take(1);
        Assert.That(follower.Position, Is.EqualTo(7));
    }

    [Test]
    public async Task A_waiting_reader_is_woken_by_a_change_by_cancelling_by_disposing_and_by_closing()
    {
        var store = Open();
        using var follower = await store.MustFollow(0);
        var read = follower.ReadAsync(default).AsTask();
        await store.Must(Create("a"));
        Assert.That((await read).Events.Single().Revision, Is.EqualTo(1));

        using var cancel = new CancellationTokenSource();
        var cancelled = follower.ReadAsync(cancel.Token).AsTask();
        await cancel.CancelAsync();
        Assert.That((await cancelled).Fault, Is.TypeOf<StoreFault.Cancelled>());

        var released = follower.ReadAsync(default).AsTask();
        follower.Dispose();
        Assert.That((await released).Fault, Is.TypeOf<StoreFault.Cancelled>());

        using var other = await store.MustFollow(1);
        var closed = other.ReadAsync(default).AsTask();
        await store.DisposeAsync();
        Assert.That((await closed).Fault, Is.TypeOf<StoreFault.Unavailable>());
    }

    [Test]
    public async Task Going_on_where_another_stopped_misses_and_repeats_nothing()
    {
        var store = Open();
        var writing = Task.Run(async () =>
        {
            for (var i = 0; i < 2000; i++) await store.Must(Put($"n{i % 50}", $"{i}"));
        });
        var (seen, position) = (new List<long>(), 0L);
        while (seen.Count < 2000)
        {
            using var follower = await store.MustFollow(position);
            seen.AddRange((await follower.Take(1)).Select(e => e.Revision));
            position = follower.Position;
        }

        await writing;
        Assert.That(seen, Is.EqualTo(Enumerable.Range(1, 2000).Select(i => (long)i)));
    }

    [Test]
    public async Task Many_followers_see_the_same_changes_and_share_their_bytes()
    {
        var store = Open();
        var followers = new List<Task<StoreEvent[]>>();
        for (var i = 0; i < 50; i++)
        {
            var follower = await store.MustFollow(0);
            followers.Add(Task.Run(async () =>
            {
                using (follower)
                    return (await follower.Take(500)).ToArray();
            }));
        }

        await Task.WhenAll(Enumerable.Range(0, 4).Select(w => Task.Run(async () =>
        {
            for (var i = 0; i < 125; i++) await store.Must(Put($"w{w}", $"{w}.{i}"));
        })));
        var seen = await Task.WhenAll(followers);
        Assert.That(seen[0], Has.Length.EqualTo(500));
        foreach (var other in seen) Assert.That(other.Zip(seen[0]).All(pair => ReferenceEquals(pair.First.Entry.Value, pair.Second.Entry.Value)), Is.True);
    }

    [Test]
    public async Task A_reader_that_falls_too_far_behind_is_cut_off()
    {
        var store = Open(new() { RecentEvents = 100 });
        using var slow = await store.MustFollow(0);
        await store.Must(Create("a"));
        await slow.Take(1);
        for (var i = 0; i < 300; i++) await store.Must(Put("a", $"{i}"));
        Assert.That((await slow.ReadAsync(default)).Fault, Is.TypeOf<StoreFault.Compacted>());

        using var resumed = await store.MustFollow(1);
        Assert.That((await resumed.Take(300)).Select(e => e.Revision), Is.EqualTo(Enumerable.Range(2, 300)), "the history still has it");
    }

    [Test]
    public async Task Recent_changes_are_bounded_in_bytes_too()
    {
        var store = Open(new() { RecentBytes = 100_000 });
        using var slow = await store.MustFollow(0);
        await store.Must(Create("a"));
        await slow.Take(1);
        for (var i = 0; i < 20; i++) await store.Must(Put("a", new string('x', 10_000)));
        Assert.That((await slow.ReadAsync(default)).Fault, Is.TypeOf<StoreFault.Compacted>());
    }
}
