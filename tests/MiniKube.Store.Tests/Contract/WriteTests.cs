using static MiniKube.Store.Tests.Contract.Writes;

namespace MiniKube.Store.Tests.Contract;

public sealed class WriteTests(string implementation) : StoreFixture(implementation)
{
    [Test]
    public async Task Every_change_takes_the_next_revision()
    {
        var store = Open();
        Assert.That((await store.Must(Create("a"))).Revision, Is.EqualTo(1));
        Assert.That((await store.Must(Put("a", "w", at: 1))).Revision, Is.EqualTo(2));
        Assert.That((await store.Must(Delete("a", at: 2))).Revision, Is.EqualTo(3));
        Assert.That(store.Revision, Is.EqualTo(3));
        Assert.That(store.Get(Key("a")), Is.Null);
    }

    [Test]
    public async Task Create_fails_where_something_is()
    {
        var store = Open();
        await store.Must(Create("a"));
        var fault = (StoreFault.Precondition)await store.Refused(Create("a", "other"));
        Assert.That(fault.Current.Text(), Is.EqualTo("v"));
        Assert.That(store.Get(Key("a")).Text(), Is.EqualTo("v"));
    }

    [TestCase(7)]
    [TestCase(2)]
    public async Task Update_fails_at_another_revision(long at)
    {
        var store = Open();
        await store.Must(Create("a"));
        await store.Must(Create("b"));
        Assert.That(await store.Refused(Put("a", "w", at)), Is.TypeOf<StoreFault.Precondition>());
        Assert.That(await store.Refused(Put("c", "w", at)), Is.TypeOf<StoreFault.Precondition>());
    }

    [Test]
    public async Task Delete_fails_where_nothing_is_and_at_another_revision()
    {
        var store = Open();
        await store.Must(Create("a"));
        Assert.That(((StoreFault.Precondition)await store.Refused(Delete("b"))).Current, Is.Null);
        Assert.That(((StoreFault.Precondition)await store.Refused(Delete("a", 9))).Current!.Revision, Is.EqualTo(1));
    }

    [Test]
    public async Task A_batch_is_all_or_nothing()
    {
        var store = Open();
        await store.Must(Create("a"));
        var fault = (StoreFault.Precondition)await store.Refused(Create("b"), Put("a", "w"), Create("new", "x"), Create("a"));
        Assert.That(fault.Index, Is.EqualTo(3));
        Assert.That(fault.Current.Text(), Is.EqualTo("w"), "the batch sees its own changes");
        Assert.That(store.Get(Key("b")), Is.Null);
        Assert.That(store.Get(Key("a")).Text(), Is.EqualTo("v"));
        Assert.That(store.Snapshot().Count("pods"), Is.EqualTo(1));
    }

    [Test]
    public async Task A_batch_takes_its_revisions_in_order_and_sees_itself()
    {
        var store = Open();
        var outcome = await store.WriteAsync([Create("a"), new Change.Expect(Key("a"), 1), Put("a", "w", at: 1), Delete("a", at: 2), Create("a", "x")]);
        Assert.That(outcome.Ok);
        Assert.That(outcome.Entries.Select(e => e?.Revision), Is.EqualTo(new long?[] { 1, null, 2, 3, 4 }));
        Assert.That(store.Get(Key("a"))!.Created, Is.EqualTo(4));
    }

    [Test]
    public async Task Expect_guards_without_a_revision()
    {
        var store = Open();
        await store.Must(Create("a"));
        Assert.That((await store.WriteAsync([new Change.Expect(Key("a"), 1), new Change.Expect(Key("b"), 0)])).Ok);
        Assert.That(store.Revision, Is.EqualTo(1));
        Assert.That(await store.Refused(new Change.Expect(Key("a"), 0), Create("b")), Is.TypeOf<StoreFault.Precondition>());
        Assert.That(await store.Refused(new Change.Expect(Key("b"), 3)), Is.TypeOf<StoreFault.Precondition>());
    }

    [Test]
    public async Task The_revision_is_filled_into_the_hole()
    {
        var store = Open();
        for (var i = 0; i < 9; i++) await store.Must(Create($"x{i}"));
        var template = Value("""{"rv":""}""") with { RevisionAt = 7 };
        var entry = await store.Must(new Change.Put(Key("a"), template, 0));
        Assert.That(entry.Text(), Is.EqualTo("""{"rv":"10"}"""));
        Assert.That(store.Get(Key("a")).Text(), Is.EqualTo("""{"rv":"10"}"""));
        var last = await store.Must(new Change.Delete(Key("a"), 10, template));
        Assert.That(last.Text(), Is.EqualTo("""{"rv":"11"}"""));
    }

    [Test]
    public async Task Created_stays_with_the_object()
    {
        var store = Open();
        await store.Must(Create("a"));
        await store.Must(Create("b"));
        Assert.That((await store.Must(Put("b", "w"))).Created, Is.EqualTo(2));
        Assert.That((await store.Must(Delete("b"))).Created, Is.EqualTo(2));
        Assert.That((await store.Must(Create("b"))).Created, Is.EqualTo(5));
    }

    [Test]
    public async Task Values_up_to_the_limit_and_no_further()
    {
        var store = Open();
        await store.Must(Create("a", new string('x', 1_572_864)));
        Assert.That(store.Get(Key("a"))!.Value, Has.Length.EqualTo(1_572_864));
        Assert.That(await store.Refused(Create("ok"), Create("b", new string('x', 1_572_865))), Is.TypeOf<StoreFault.TooLarge>());
        Assert.That(store.Get(Key("ok")), Is.Null);
    }

    [Test]
    public async Task An_empty_value_is_a_value()
    {
        var store = Open();
        await store.Must(Create("a", ""));
        Assert.That(store.Get(Key("a"))!.Value, Is.Empty);
    }

    private static readonly ObjectKey[] BadKeys =
    [
        new("", "default", "a"), new("pods", "default", ""), new("pods", "a/b", "c"), new("pods", "a", "b/c"), new("pods", "a", "b\0"),
        new("pods", "a", "b\n"), new("pods", "a", new string('n', 513)), new("pods", "a", "\ud800"), new(null!, "a", "b"), default,
    ];

    [TestCaseSource(nameof(BadKeys))]
    public async Task Bad_keys_are_refused(ObjectKey key)
    {
        var store = Open();
        Assert.That(await store.Refused(new Change.Put(key, Value("v"), null)), Is.TypeOf<StoreFault.BadKey>());
        Assert.That(await store.Refused(new Change.Delete(key, null)), Is.TypeOf<StoreFault.BadKey>());
    }

    [Test]
    public async Task A_cancelled_write_is_not_there()
    {
        var store = Open();
        var outcome = await store.WriteAsync([Create("a")], new CancellationToken(true));
        Assert.That(outcome.Fault, Is.TypeOf<StoreFault.Cancelled>());
        Assert.That(store.Revision, Is.Zero);
    }

    [Test]
    public async Task Cancelling_while_writing_gives_either_all_or_nothing()
    {
        var store = Open();
        var rounds = Enumerable.Range(0, 200).Select(async i =>
        {
            using var cancel = new CancellationTokenSource();
            var write = Task.Run(async () => await store.WriteAsync([Create($"a{i}"), Create($"b{i}")], cancel.Token));
            await Task.Yield();
            await cancel.CancelAsync();
            var outcome = await write;
            Assert.That(outcome.Fault, Is.Null.Or.TypeOf<StoreFault.Cancelled>());
            Assert.That(store.Get(Key($"a{i}")) is not null, Is.EqualTo(outcome.Ok));
            Assert.That(store.Get(Key($"b{i}")) is not null, Is.EqualTo(outcome.Ok));
            return outcome.Ok ? 2 : 0;
        });
        Assert.That((await Task.WhenAll(rounds)).Sum(), Is.EqualTo(store.Revision));
    }

    [Test]
    public async Task A_closed_store_says_so()
    {
        var store = Open();
        await store.Must(Create("a"));
        await store.DisposeAsync();
        Assert.That(await store.Refused(Create("b")), Is.TypeOf<StoreFault.Unavailable>());
        Assert.That(store.Get(Key("a")).Text(), Is.EqualTo("v"));
    }

    [Test]
    public async Task A_bug_in_what_is_supplied_reaches_the_writer_and_stops_nobody_else()
    {
        var store = Open(new() { Indexes = c => c == "bad" ? throw new InvalidOperationException("bug") : [] });
        Assert.That(async () => await store.WriteAsync([new Change.Put(Key("a", collection: "bad"), Value("v"), null)]),
            Throws.InvalidOperationException);
        Assert.That((await store.Must(Create("a"))).Revision, Is.EqualTo(1));
    }

    [Test]
    public async Task Empty_batch_is_nothing()
    {
        var store = Open();
        var outcome = await store.WriteAsync([]);
        Assert.That(outcome.Ok && outcome.Entries.Count == 0);
    }

    [Test]
    public async Task Concurrent_writers_take_dense_revisions_and_exactly_one_creates()
    {
        var store = Open();
        var won = await Task.WhenAll(Enumerable.Range(0, 16).Select(writer => Task.Run(async () =>
        {
            var revisions = new List<long>();
            for (var i = 0; i < 200; i++)
            {
                var outcome = await store.WriteAsync([Create($"n{i}", $"by {writer}")]);
                if (outcome.Ok) revisions.Add(outcome.Entries[0]!.Revision);
            }

            return revisions;
        })));
        Assert.That(won.SelectMany(r => r).Order(), Is.EqualTo(Enumerable.Range(1, 200).Select(i => (long)i)));
        foreach (var revisions in won) Assert.That(revisions, Is.Ordered);
    }
}
