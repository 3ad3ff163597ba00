using MiniKube.Store.Log;
using MiniKube.Store.Memory;
using MiniKube.Store.Sqlite;
using MiniKube.Store.Tests.Contract;
using static MiniKube.Store.Tests.Contract.Writes;

namespace MiniKube.Store.Tests.Durability;

/// <summary>Maintenance that never gets its turn, as on a machine that is busy with something else: the bounds hold all the same.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class RepayingTests
{
    private readonly string directory = Directory.CreateTempSubdirectory("minik-store-").FullName;

    [TearDown]
    public void Remove() => Directory.Delete(directory, recursive: true);

    [Test]
    [CancelAfter(120_000)]
    public async Task Writers_do_what_maintenance_did_not(CancellationToken patience)
    {
        await using var store = Neglected(new() { KeepRevisions = 1000, KeepFor = TimeSpan.Zero });
        long most = 0, mostWal = 0, mostDue = 0;
        for (var round = 0; round < 100; round++)
        {
            Assert.That((await store.WriteAsync([.. Enumerable.Range(0, 1000).Select(i => Put($"n{i}", $"{round} {new string('x', 500)}"))], patience)).Ok);
            var stats = store.Stats();
            (most, mostWal, mostDue) = (Math.Max(most, stats.FileBytes), Math.Max(mostWal, stats.WalBytes), Math.Max(mostDue, store.Revision - store.Compacted));
        }

        await TestContext.Out.WriteLineAsync($"{mostDue} revisions, file at most {most >> 20} MB, WAL at most {mostWal >> 20} MB");
        Assert.That(mostDue, Is.InRange(41_000, 43_000));
        Assert.That(most, Is.LessThan(50L << 20), "file");
        Assert.That(mostWal, Is.InRange(40L << 20, 80L << 20), "WAL");
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task Large_values_are_bounded_by_their_bytes(CancellationToken patience)
    {
        await using var store = Neglected(new() { KeepBytes = 8 << 20 });
        long most = 0;
        for (var round = 0; round < 75; round++)
        {
            Assert.That((await store.WriteAsync([.. Enumerable.Range(0, 20).Select(i => Put($"n{i}", new string('x', 100_000)))], patience)).Ok);
            most = Math.Max(most, store.Stats().FileBytes);
        }

        Assert.That(most, Is.InRange(60L << 20, 120L << 20));
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task What_is_kept_for_its_age_stays(CancellationToken patience)
    {
        await using var store = Neglected(new() { KeepRevisions = 1000, KeepFor = TimeSpan.FromHours(1) });
        for (var round = 0; round < 50; round++)
            Assert.That((await store.WriteAsync([.. Enumerable.Range(0, 1000).Select(i => Put($"n{i}"))], patience)).Ok);
        Assert.That(store.Compacted, Is.Zero);
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task A_write_pays_for_itself_only(CancellationToken patience)
    {
        await using (var store = Neglected(new() { KeepFor = TimeSpan.Zero }))
        {
            for (var round = 0; round < 60; round++)
                Assert.That((await store.WriteAsync([.. Enumerable.Range(0, 1000).Select(i => Put($"n{i}"))], patience)).Ok);
            Assert.That(store.Compacted, Is.Zero);
        }

        await using var narrower = Neglected(new() { KeepRevisions = 1000, KeepFor = TimeSpan.Zero });
        for (var write = 1; write <= 10; write++)
        {
            Assert.That((await narrower.WriteAsync([Put("n1")], patience)).Ok);
            Assert.That(narrower.Compacted, Is.EqualTo(2 * write));
        }
    }

    private StateStore Neglected(StoreOptions options)
    {
        var (log, loaded, refusal) = Opening.Open(options with { Path = Path.Combine(directory, "state.db") }, TempStores.TermsOf, TimeProvider.System);
        Assert.That(refusal?.Message, Is.Null);
        return new(_ => new Neglect(log!), State.Of(loaded!.Entries, loaded.Revision, options.Indexes), TempStores.TermsOf, options, 100, 1 << 20);
    }

    private sealed class Neglect(ILog log) : ILog
    {
        public long Compacted => log.Compacted;
        public StoreFault.Unavailable? Append(IReadOnlyList<StoreEvent> changes) => log.Append(changes);
        public StoreFault.Unavailable? Compact(long revision) => log.Compact(revision);
        public (long? Reached, StoreFault.Unavailable? Fault) Reseal(long after) => log.Reseal(after);
        public Task MaintainAsync(Func<Func<bool>, Task<bool>> atTurn, CancellationToken cancel) => Task.CompletedTask;
        public LogSize Size() => log.Size();
        public ValueTask<BackupOutcome> BackupAsync(string path, CancellationToken cancel) => log.BackupAsync(path, cancel);

        public ValueTask<(IReadOnlyList<StoreEvent> Changes, long Reached, StoreFault? Fault)> ReadAsync(
            string? collection, long after, long upTo, int most, CancellationToken cancel) => log.ReadAsync(collection, after, upTo, most, cancel);

        public ValueTask DisposeAsync() => log.DisposeAsync();
    }
}
