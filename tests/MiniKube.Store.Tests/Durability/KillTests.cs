using MiniKube.Store.Tests.Contract;

namespace MiniKube.Store.Tests.Durability;

/// <summary>Nothing acknowledged is lost and nothing is half there, however the process or the machine ends.</summary>
[NonParallelizable]
public sealed class KillTests
{
    private const int Kills = 100;
    private const int Cuts = 60;

    [Test]
    public async Task Acknowledged_writes_survive_a_hundred_kills()
    {
        await using var stores = new TempStores("sqlite");
        var random = new Random(11);
        var (acknowledged, revision) = (new long[Victim.Writers], 0L);
        for (var kill = 0; kill < Kills; kill++)
        {
            using (var victim = new VictimProcess(stores.Path))
            {
                victim.ReadAcknowledgements(random.Next(1, 300));
                victim.KillAndDrain();
                for (var w = 0; w < Victim.Writers; w++) acknowledged[w] = Math.Max(acknowledged[w], victim.Acknowledged[w]);
                revision = Math.Max(revision, victim.Revision);
            }

            await using var store = await stores.Open(new());
            Check(store, acknowledged, revision, $"after kill {kill}");
        }
    }

    [Test]
    public async Task Acknowledged_writes_survive_pulled_power()
    {
        await using var stores = new TempStores("sqlite");
        var random = new Random(12);
        using var victim = new VictimProcess(stores.Path);
        for (var cut = 0; cut < Cuts; cut++)
        {
            victim.ReadAcknowledgements(random.Next(1, 150));
            var (acknowledged, revision) = (victim.Acknowledged.ToArray(), victim.Revision);
            await using var copy = new TempStores("sqlite");
            victim.Frozen(() =>
            {
                File.Copy(stores.Path, copy.Path);
                File.Copy(stores.Path + "-wal", copy.Path + "-wal");
            });
            // What was acknowledged was synced before; of the transaction under way the disk kept anything.
            WalFile.LoseTail(copy.Path + "-wal", random);
            await using var store = await copy.Open(new() { FullCheck = true });
            Check(store, acknowledged, revision, $"at cut {cut}");
        }

        victim.KillAndDrain();
    }

    private static void Check(StateStore store, long[] acknowledged, long revision, string when)
    {
        Assert.That(store.Revision, Is.GreaterThanOrEqualTo(revision), $"a revision was lost {when}");
        for (var w = 0; w < Victim.Writers; w++)
        {
            var (left, right, passing) = (store.Get(Victim.Left(w)), store.Get(Victim.Right(w)), store.Get(Victim.Passing(w)));
            if (acknowledged[w] == 0 && left is null && right is null && passing is null) continue;
            Assert.That(left, Is.Not.Null, $"writer {w} {when}");
            var n = Victim.NumberIn(left!);
            Assert.That(n, Is.GreaterThanOrEqualTo(acknowledged[w]), $"writer {w} {when}: an acknowledged write is gone");
            Assert.That(right!.Value, Is.EqualTo(left!.Value), $"writer {w} {when}: half a batch");
            Assert.That(passing is not null, Is.EqualTo(n % 2 == 0), $"writer {w} {when}: a third of a batch");
        }
    }
}
