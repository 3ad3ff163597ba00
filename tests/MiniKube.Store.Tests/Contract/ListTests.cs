using static MiniKube.Store.Tests.Contract.Writes;

namespace MiniKube.Store.Tests.Contract;

public sealed class ListTests(string implementation) : StoreFixture(implementation)
{
    private async Task<StateStore> Filled()
    {
        var store = Open();
        foreach (var (ns, name) in new[] { ("b", "2"), ("a", "2"), ("b", "1"), ("a", "1"), ("", "root"), ("ab", "0") })
            await store.Must(new Change.Put(Key(name, ns), Value($"{ns}/{name}"), 0));
        await store.Must(new Change.Put(Key("x", "a", "services"), Value("s"), 0));
        return store;
    }

    [TestCase(null, null, null, "/root a/1 a/2 ab/0 b/1 b/2")]
    [TestCase("a", null, null, "a/1 a/2")]
    [TestCase("b", null, null, "b/1 b/2")]
    [TestCase("c", null, null, "")]
    [TestCase(null, "a", "1", "a/2 ab/0 b/1 b/2")]
    [TestCase(null, "a", "11", "a/2 ab/0 b/1 b/2")]
    [TestCase("b", "b", "1", "b/2")]
    [TestCase("b", "b", "2", "")]
    [TestCase("b", "a", "2", "b/1 b/2")]
    [TestCase("a", "b", "1", "")]
    public async Task Lists_in_order_from_a_place(string? ns, string? afterNs, string? afterName, string expected)
    {
        var snapshot = (await Filled()).Snapshot();
        var listed = snapshot.List("pods", ns, afterNs is null ? null : (afterNs, afterName!));
        Assert.That(string.Join(' ', listed.Select(e => e.Text())), Is.EqualTo(expected));
    }

    [Test]
    public async Task Counts_and_names_collections()
    {
        var store = await Filled();
        var snapshot = store.Snapshot();
        Assert.That(snapshot.Count("pods"), Is.EqualTo(6));
        Assert.That(snapshot.Count("pods", "a"), Is.EqualTo(2));
        Assert.That(snapshot.Count("pods", "zz"), Is.Zero);
        Assert.That(snapshot.Count("none"), Is.Zero);
        Assert.That(snapshot.Collections, Is.EquivalentTo(new[] { "pods", "services" }));
        await store.Must(new Change.Delete(Key("x", "a", "services"), null));
        Assert.That(store.Snapshot().Collections, Is.EquivalentTo(new[] { "pods" }));
    }

    [Test]
    public async Task Tells_whether_a_collection_changed()
    {
        var store = await Filled();
        var before = store.Snapshot();
        Assert.That((before.Changed("pods"), before.Changed("services"), before.Changed("none")), Is.EqualTo((6, 7, 0)));
        await store.Must(new Change.Delete(Key("x", "a", "services"), null));
        Assert.That((store.Snapshot().Changed("pods"), store.Snapshot().Changed("services")), Is.EqualTo((6, 8)));
        Assert.That((await store.SnapshotAt(4)).Snapshot!.Changed("pods"), Is.Not.EqualTo(6));
    }

    [Test]
    public async Task A_snapshot_does_not_move()
    {
        var store = await Filled();
        var snapshot = store.Snapshot();
        await store.Must(new Change.Delete(Key("1", "a"), null));
        await store.Must(new Change.Put(Key("2", "a"), Value("new"), null));
        Assert.That(snapshot.List("pods", "a").Select(e => e.Text()), Is.EqualTo(new[] { "a/1", "a/2" }));
        Assert.That(snapshot.Revision, Is.EqualTo(7));
        Assert.That(store.Snapshot().List("pods", "a").Select(e => e.Text()), Is.EqualTo(new[] { "new" }));
    }

    [Test]
    public async Task Many_objects_come_and_go_and_lists_stay_in_order()
    {
        var store = Open();
        var model = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var random = new Random(7);
        for (var round = 0; round < 40; round++)
        {
            var batch = new List<Change>();
            for (var i = 0; i < 250; i++)
            {
                var name = $"n{random.Next(3000)}";
                // The second half mostly deletes, so that nodes shrink and join.
                if (random.Next(100) < (round < 20 ? 20 : 80))
                {
                    if (model.Remove(name)) batch.Add(Delete(name));
                }
                else
                {
                    model[name] = $"{round}.{i}";
                    batch.Add(Put(name, model[name]));
                }
            }

            Assert.That((await store.WriteAsync(batch)).Ok);
            var snapshot = store.Snapshot();
            Assert.That(snapshot.List("pods").Select(e => e.Text()), Is.EqualTo(model.Values));
            Assert.That(snapshot.Count("pods", "default"), Is.EqualTo(model.Count));
            var middle = $"n{random.Next(3000)}";
            Assert.That(snapshot.List("pods", "default", ("default", middle)).Select(e => e.Key.Name),
                Is.EqualTo(model.Keys.Where(k => string.CompareOrdinal(k, middle) > 0)));
        }
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Finds_by_term_with_and_without_an_index(bool indexed)
    {
        var term = IndexedTerm.Field("node");
        var store = Open(new() { Indexes = c => indexed && c == "pods" ? [term] : [] });
        await store.Must(Create("a", "node=x 1"));
        await store.Must(Create("b", "node=y 1"));
        await store.Must(Create("c", "node=x 1"));
        await store.Must(Create("d", "nothing"));
        var early = store.Snapshot();
        await store.Must(Put("a", "node=y 2"));
        await store.Must(Delete("c"));
        await store.Must(Put("b", "node=y 3"));
        var late = store.Snapshot();
        Assert.Multiple(() =>
        {
            Assert.That(Names(early, "x"), Is.EqualTo("a c"));
            Assert.That(Names(early, "y"), Is.EqualTo("b"));
            Assert.That(Names(late, "x"), Is.Empty);
            Assert.That(Names(late, "y"), Is.EqualTo("a b"));
            Assert.That(late.Where("pods", term, "y", "default", ("default", "a")).Single().Text(), Is.EqualTo("node=y 3"));
            Assert.That(late.Where("pods", term, "y", "other"), Is.Empty);
        });
        var (before, _) = await store.SnapshotAt(4);
        Assert.That(Names(before!, "x"), Is.EqualTo("a c"));

        string Names(ISnapshot snapshot, string value) => string.Join(' ', snapshot.Where("pods", term, value).Select(e => e.Key.Name));
    }
}
