using System.Runtime;

namespace MiniKube.Host;

/// <summary>
/// Gives back to the system what a burst of work has left behind. The collector keeps it for the next burst, which on a
/// laptop may never come; when little has been going on for a while, one compaction makes the process small again.
/// </summary>
internal static class MemoryReturn
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);
    private const long Quiet = 16L << 20;
    private const long Worthwhile = 64L << 20;

    // Compacting stops everything for about a millisecond per three megabytes that live.
    private const long MostLive = 512L << 20;

    public static async Task Run(TimeProvider time, CancellationToken cancel)
    {
        var (before, returned) = (GC.GetTotalAllocatedBytes(), 0L);
        using var look = new PeriodicTimer(LookEvery, time);
        while (await look.WaitForNextTickAsync(cancel))
        {
            var allocated = GC.GetTotalAllocatedBytes();
            var seen = new Seen(allocated - before, allocated - returned, GC.GetTotalMemory(forceFullCollection: false));
            before = allocated;
            if (!Due(seen)) continue;
            GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            returned = GC.GetTotalAllocatedBytes();
        }
    }

    public static bool Due(Seen seen) =>
        seen.AllocatedLately < Quiet && seen.AllocatedSinceReturn > Worthwhile && seen.Live < MostLive;

    public readonly record struct Seen(long AllocatedLately, long AllocatedSinceReturn, long Live);
}
