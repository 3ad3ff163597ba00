using MiniKube.Store.Tests.Contract;
using static MiniKube.Store.Tests.Contract.Writes;

namespace MiniKube.Store.Tests.Durability;

public sealed class RestoreTests
{
    private TempStores stores = null!;
    private string Backup => Path.Combine(stores.Directory, "backup.db");

    [SetUp]
    public void SetUp() => stores = new("sqlite");

    [TearDown]
    public async Task TearDown() => await stores.DisposeAsync();

    private Task<RestoreOutcome> Restore(string? from = null) => StateStore.RestoreAsync(new() { Path = stores.Path }, from ?? Backup, TempStores.TermsOf);

    /// <summary>A closed store that went on after its backup; its last revision.</summary>
    private async Task<long> WentOn()
    {
        var store = await stores.Open(new());
        for (var i = 0; i < 50; i++) await store.Must(Create($"n{i}"));
        await store.Must(Put("n1", "changed"));
        await store.Must(Delete("n2"));
        Assert.That((await store.BackupAsync(Backup)).Fault, Is.Null);
        await store.Must(Delete("n1"));
        for (var i = 0; i < 50; i++) await store.Must(Create($"later{i}"));
        var last = store.Revision;
        await store.DisposeAsync();
        return last;
    }

    [Test]
    public async Task The_state_comes_back_and_the_revisions_do_not()
    {
        var last = await WentOn();
        var outcome = await Restore();
        Assert.That(outcome.Refusal, Is.Null);
        var store = await stores.Open(new() { FullCheck = true });
        Assert.That(store.Revision, Is.EqualTo(outcome.Revision).And.GreaterThan(last));
        Assert.That(store.Snapshot().Count("pods"), Is.EqualTo(49));
        Assert.That(store.Get(Key("n1")).Text(), Is.EqualTo("changed"));
        Assert.That((await store.Follow("pods", last)).Fault, Is.TypeOf<StoreFault.Compacted>(), "whoever followed the former one begins anew");
        await store.Must(Create("next"));
        Assert.That(store.Get(Key("next"))!.Revision, Is.EqualTo(outcome.Revision + 1));
        await store.DisposeAsync();
        await using var again = await stores.Open(new() { FullCheck = true });
        Assert.That(again.Snapshot().Count("pods"), Is.EqualTo(50));
        Assert.That(File.Exists(outcome.Replaced), Is.True, "what was replaced is kept");
    }

    [Test]
    public async Task A_store_that_can_t_be_read_any_more_is_replaced_too()
    {
        var last = await WentOn();
        await File.WriteAllTextAsync(stores.Path, "gone");
        Assert.That((await Restore()).Refusal, Is.Null);
        Assert.That((await stores.Open(new())).Revision, Is.GreaterThan(last));
    }

    [Test]
    public async Task Without_a_former_store_there_is_none_to_keep()
    {
        await WentOn();
        File.Delete(stores.Path);
        Assert.That(await Restore(), Has.Property("Refusal").Null.And.Property("Replaced").Null);
        Assert.That((await stores.Open(new())).Snapshot().Count("pods"), Is.EqualTo(49));
    }

    [Test]
    public async Task What_is_not_whole_is_refused_and_nothing_changed()
    {
        var last = await WentOn();
        var bytes = await File.ReadAllBytesAsync(Backup);
        var torn = Path.Combine(stores.Directory, "torn.db");
        foreach (var wrong in (byte[][])[bytes[..(bytes.Length / 2)], "not a store, but long enough to be looked at: "u8.ToArray().Concat(new byte[200]).ToArray(), []])
        {
            await File.WriteAllBytesAsync(torn, wrong);
            Assert.That((await Restore(torn)).Refusal?.Message, Does.Contain(torn));
        }
        await using var store = await stores.Open(new());
        Assert.That(store.Revision, Is.EqualTo(last));
        Assert.That((await Restore()).Refusal, Is.TypeOf<StoreRefusal.InUse>(), "nobody is pulled out from under a server");
        Assert.That(Directory.GetFiles(stores.Directory, "*.restoring*"), Is.Empty);
    }
}
