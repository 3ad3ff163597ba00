using System.Text;
using static MiniKube.Store.Tests.Contract.Writes;

namespace MiniKube.Store.Tests.Contract;

public sealed class PackingTests(string implementation) : StoreFixture(implementation)
{
    private static string Large(string name) => $"node={name} {string.Concat(Enumerable.Repeat($"{{\"name\":\"{name}\"}},", 100))}";

    [Test]
    public async Task What_is_left_alone_is_packed_and_reads_the_same()
    {
        var store = Open();
        foreach (var name in new[] { "a", "b", "c" }) await store.Must(Put(name, Large(name)));
        await store.PackAsync();
        var changed = await store.Must(Put("c", Large("changed")));
        await store.PackAsync();

        Assert.That(IsPacked(store.Get(Key("a"))!), "unchanged since the look before");
        Assert.That(IsPacked(changed), Is.False, "changed since");
        Assert.That(store.Snapshot().List("pods").Select(e => e.Text()), Is.EqualTo(new[] { Large("a"), Large("b"), Large("changed") }));
        Assert.That(store.Get(Key("a"))!.Size, Is.EqualTo(Encoding.UTF8.GetByteCount(Large("a"))));
        Assert.That(store.Stats().ObjectBytes, Is.EqualTo(Encoding.UTF8.GetByteCount(Large("a") + Large("b") + Large("changed"))));
        await store.PackAsync();
        Assert.That(IsPacked(store.Get(Key("c"))!), "unchanged by now");
    }

    [Test]
    public async Task Followers_the_past_and_removals_show_what_was_packed()
    {
        var store = Open();
        await store.Must(Put("a", Large("a")));
        await store.Must(Put("b", Large("b")));
        await store.PackAsync();
        await store.PackAsync();
        await store.Must(Delete("a"));
        await store.Must(Put("b", "small"));

        using var follower = await store.MustFollow(0);
        var changes = await follower.Take(4);
        Assert.That(changes.Select(c => c.Entry.Text()), Is.EqualTo(new[] { Large("a"), Large("b"), Large("a"), "small" }));
        Assert.That(changes.Select(c => c.Previous.Text()), Is.EqualTo(new[] { "", "", Large("a"), Large("b") }));
        Assert.That(changes[2].Entry.Revision, Is.EqualTo(3), "the removal's own revision");
        Assert.That((await store.SnapshotAt(2)).Snapshot!.List("pods").Select(e => e.Text()), Is.EqualTo(new[] { Large("a"), Large("b") }));
        Assert.That((await store.GetAt(Key("a"), 2)).Entry.Text(), Is.EqualTo(Large("a")));
    }

    [Test]
    public async Task What_others_keep_as_it_is_stays_as_it_is()
    {
        var store = Open(new() { Packs = collection => collection != "pods" });
        await store.Must(Put("a", Large("a")));
        await store.Must(new Change.Put(Key("a", collection: "maps"), Value(Large("a")), 0));
        await store.PackAsync();
        await store.PackAsync();
        Assert.That(IsPacked(store.Get(Key("a"))!), Is.False);
        Assert.That(IsPacked(store.Get(Key("a", collection: "maps"))!));
    }

    private static bool IsPacked(Entry entry) => !ReferenceEquals(entry.Value, entry.Value);
}
