using Microsoft.Data.Sqlite;
using MiniKube.Store.Tests.Contract;
using static MiniKube.Store.Tests.Contract.Writes;

namespace MiniKube.Store.Tests.Durability;

/// <summary>What is not ours, not whole or not free is refused, says what to do, and is left as it was.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class RefusalTests
{
    private readonly TempStores stores = new("sqlite");

    [TearDown]
    public async Task Close() => await stores.DisposeAsync();

    [Test]
    public async Task A_second_opener_learns_who_has_it()
    {
        await stores.Open(new());
        var refusal = (await stores.TryOpen()).Refusal;
        Assert.That(refusal, Is.EqualTo(new StoreRefusal.InUse(stores.Path, Environment.ProcessId)));
        Assert.That(refusal!.Message, Does.Contain($"process {Environment.ProcessId}"));
    }

    [Test]
    public async Task A_text_file_is_refused()
    {
        await File.WriteAllTextAsync(stores.Path, new string('?', 5000));
        await Refused<StoreRefusal.Foreign>("move the file away");
    }

    [Test]
    public async Task A_database_of_somebody_else_is_refused()
    {
        Sql("CREATE TABLE t (a); INSERT INTO t VALUES (1)");
        await Refused<StoreRefusal.Foreign>("another program");
    }

    [Test]
    public async Task A_newer_format_is_refused()
    {
        await Filled();
        Sql("PRAGMA user_version=99");
        await Refused<StoreRefusal.Newer>("newer minik (format 99");
    }

    [Test]
    public async Task A_wal_without_its_database_is_refused()
    {
        await File.WriteAllTextAsync(stores.Path + "-wal", "something");
        var refusal = (await stores.TryOpen()).Refusal;
        Assert.That(refusal, Is.TypeOf<StoreRefusal.Damaged>());
        Assert.That(File.ReadAllText(stores.Path + "-wal"), Is.EqualTo("something"));
    }

    [Test]
    public async Task A_missing_directory_is_said_to_be_missing()
    {
        var outcome = await StateStore.OpenAsync(new() { Path = Path.Combine(stores.Directory, "no", "where.db") });
        Assert.That(outcome.Refusal, Is.TypeOf<StoreRefusal.Unusable>());
        Assert.That(outcome.Refusal!.Message, Does.Contain("directory exists"));
    }

    [Test]
    public async Task A_creation_cut_short_is_begun_again()
    {
        await File.WriteAllBytesAsync(stores.Path, []);
        var store = await stores.Open(new());
        await store.Must(Create("a"));
    }

    [TestCase(0.3)]
    [TestCase(0.6)]
    [TestCase(0.9)]
    public async Task A_flipped_bit_anywhere_in_the_values_is_noticed(double where)
    {
        await Filled();
        Damage(bytes =>
        {
            var at = (int)(bytes.Length * where);
            while (bytes[at] != (byte)'x') at++;
            bytes[at] ^= 1;
        });
        await Refused<StoreRefusal.Damaged>("restore a backup");
    }

    [TestCase(2)]
    [TestCase(0.5)]
    [TestCase(0.8)]
    public async Task A_page_of_zeroes_is_noticed(double where)
    {
        await Filled();
        Damage(bytes => bytes.AsSpan((where >= 1 ? (int)where : (int)(bytes.Length / 8192 * where)) * 8192, 8192).Clear());
        await Refused<StoreRefusal.Damaged>("restore a backup");
    }

    [TestCase(0.5)]
    [TestCase(0.95)]
    public async Task A_torn_file_is_noticed(double rest)
    {
        await Filled();
        await File.WriteAllBytesAsync(stores.Path, File.ReadAllBytes(stores.Path)[..(int)(new FileInfo(stores.Path).Length * rest)]);
        await Refused<StoreRefusal.Damaged>("restore a backup");
    }

    [Test]
    public async Task A_missing_change_is_noticed()
    {
        await Filled();
        Sql("DELETE FROM log WHERE revision = 77");
        await Refused<StoreRefusal.Damaged>("revision 77 is missing");
    }

    [Test]
    public async Task A_backup_is_whole_taken_under_load_and_opens()
    {
        var store = await stores.Open(new());
        using var stop = new CancellationTokenSource();
        var writing = Task.Run(async () =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++) await store.WriteAsync([Put($"a{i % 100}", $"{i}"), Put($"b{i % 100}", $"{i}")]);
        });
        while (store.Revision < 500) await Task.Yield();
        var before = store.Revision;
        await using var copy = new TempStores("sqlite");
        var backup = await store.BackupAsync(copy.Path);
        Assert.That(backup.Fault, Is.Null);
        Assert.That(backup.Revision, Is.InRange(before, store.Revision));
        Assert.That((await store.BackupAsync(copy.Path)).Fault, Is.TypeOf<StoreFault.Unavailable>(), "a backup replaces nothing");
        await stop.CancelAsync();
        await writing;

        var restored = await copy.Open(new() { FullCheck = true });
        Assert.That(restored.Revision, Is.EqualTo(backup.Revision));
        for (var i = 0; i < 100; i++) Assert.That(restored.Get(Key($"a{i}")).Text(), Is.EqualTo(restored.Get(Key($"b{i}")).Text()));
        Assert.That((await restored.SnapshotAt(backup.Revision / 2)).Fault, Is.Null, "history is part of it");
        Assert.That(Directory.GetFiles(copy.Directory, "*.part"), Is.Empty);
    }

    private async Task Filled()
    {
        var store = await stores.Open(new());
        for (var i = 0; i < 200; i++) await store.Must(Create($"n{i}", new string('x', 1000)));
        await store.DisposeAsync();
    }

    private void Damage(Action<byte[]> damage)
    {
        var bytes = File.ReadAllBytes(stores.Path);
        damage(bytes);
        File.WriteAllBytes(stores.Path, bytes);
    }

    private void Sql(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={stores.Path};Pooling=False");
        SQLitePCL.Batteries_V2.Init();
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private async Task Refused<T>(string says)
    {
        var before = File.ReadAllBytes(stores.Path);
        var outcome = await stores.TryOpen();
        Assert.That(outcome.Store, Is.Null);
        Assert.That(outcome.Refusal, Is.TypeOf<T>());
        Assert.That(outcome.Refusal!.Message, Does.Contain(says).And.Contain(stores.Path));
        Assert.That(File.ReadAllBytes(stores.Path), Is.EqualTo(before), "a refused file was changed");
        Assert.That((await stores.TryOpen()).Refusal, Is.TypeOf<T>(), "the lock was kept");
    }
}
