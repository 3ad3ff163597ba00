using System.Diagnostics;
using System.Globalization;
using System.Text;
using MiniKube.Store;

namespace MiniKube.Benchmarks.Store;

/// <summary>The figures that the README of MiniKube.Store quotes.</summary>
internal static class StoreLoad
{
    private static readonly TimeSpan Each = TimeSpan.FromSeconds(4);
    private static readonly byte[] Body = Encoding.UTF8.GetBytes(new string('x', 2048));

    public static async Task Run(string[] args)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        if (args is ["--load", var filled])
        {
            await LoadOnce(filled);
            return;
        }

        var root = Directory.CreateDirectory(Path.Combine(args.FirstOrDefault() ?? Path.GetTempPath(), $"minik-bench-{Environment.ProcessId}"));
        try
        {
            var only = args.Skip(1).ToHashSet();
            foreach (var writers in new[] { 1, 16, 256 })
                if (only.Count == 0 || only.Contains($"write{writers}")) await Writes(root.FullName, writers);
            if (only.Count == 0 || only.Contains("compaction")) await Compaction(root.FullName);
            if (only.Count == 0 || only.Contains("load")) await Load(root.FullName);
            if (only.Count == 0 || only.Contains("fanout")) await FanOut(root.FullName);
        }
        finally
        {
            root.Delete(recursive: true);
        }
    }

    private static async Task Writes(string root, int writers)
    {
        var sync = Disk.Sync(root, 2000);
        var mean = sync.Average();
        var store = await Open(root, $"write{writers}");
        await Create(store, writers, TimeSpan.FromSeconds(2), "warm");
        var paused = GC.GetTotalPauseDuration();
        var (took, seconds) = await Create(store, writers, Each, "x");
        var rate = took.Length / seconds;
        Console.WriteLine($"create 2 KB, {writers,3} writers: {rate,8:n0}/s   p50 {At(took, .5):f3} ms   p99 {At(took, .99):f3} ms   max {took[^1]:f1} ms"
            + $"   (fdatasync p50 {At(sync, .5):f3}, mean {mean:f3} ms: rate × mean = {rate * mean / 1000:f2}, × p50 = {rate * At(sync, .5) / 1000:f2};"
            + $" wal {store.Stats().WalBytes >> 20} MB, file {store.Stats().FileBytes >> 20} MB, GC paused {(GC.GetTotalPauseDuration() - paused).TotalMilliseconds:f0} ms of {seconds:f1} s)");
        await store.DisposeAsync();
    }

    private static async Task<(double[] Took, double Seconds)> Create(StateStore store, int writers, TimeSpan span, string prefix, int names = int.MaxValue)
    {
        var start = Stopwatch.GetTimestamp();
        var took = await Task.WhenAll(Enumerable.Range(0, writers).Select(w => Task.Run(async () =>
        {
            var mine = new List<double>(1 << 16);
            for (var i = 0; Stopwatch.GetElapsedTime(start) < span; i++)
            {
                var key = new ObjectKey("pods", $"ns{w % 10}", $"{prefix}-{w}-{i % names}");
                var from = Stopwatch.GetTimestamp();
                var outcome = await store.WriteAsync([new Change.Put(key, new Template(Body, 7), i < names ? 0 : null)]);
                mine.Add(Stopwatch.GetElapsedTime(from).TotalMilliseconds);
                if (!outcome.Ok) throw new InvalidOperationException(outcome.Fault!.Message);
            }

            return mine;
        })));
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var all = took.SelectMany(t => t).ToArray();
        Array.Sort(all);
        return (all, seconds);
    }

    /// <summary>What one writer waits while a long history goes, beside what he waits without that on the same file.</summary>
    private static async Task Compaction(string root)
    {
        const int changes = 200_000;
        const string name = "compaction";
        var store = await Open(root, name);
        for (var i = 0; i < changes / 1000; i++)
            await store.WriteAsync([.. Enumerable.Range(0, 1000).Select(j => new Change.Put(new("pods", "ns", $"o{j}"), new Template(Body, 7), null))]);
        await store.DisposeAsync();
        await Measure("nothing to do", name, long.MaxValue);
        await Measure("200,000 revisions behind", name, 1000);
        await Measure("keeping up", "steady", 1000);

        async Task Measure(string what, string file, long keep)
        {
            store = await Open(root, file, new() { KeepRevisions = keep, KeepFor = TimeSpan.Zero });
            var (from, sync) = (store.Compacted, Disk.Sync(root, 2000));
            var (took, seconds) = await Create(store, 1, Each, $"k{keep}", names: 1000);
            Console.WriteLine($"1 writer, compaction {what}: {(store.Compacted - from) / seconds:n0} revisions/s: p50 {At(took, .5):f3} ms   p99 {At(took, .99):f3} ms   p99.9 {At(took, .999):f3} ms   max {took[^1]:f1} ms"
                + $"   over 10 ms: {took.Count(t => t > 10)} of {took.Length:n0}   (fdatasync p99.9 {At(sync, .999):f3}, max {sync[^1]:f1} ms)");
            await store.DisposeAsync();
        }
    }

    // Read back by a process of its own, so that nothing of the filled store is still in memory and nothing is compiled yet.
    private static async Task Load(string root)
    {
        await Fill(root);
        for (var round = 0; round < 2; round++)
        {
            using var child = Process.Start(Environment.ProcessPath!, ["store", "--load", root]);
            await child.WaitForExitAsync();
        }
    }

    private static async Task Fill(string root)
    {
        var store = await Open(root, "load");
        for (var i = 0; i < 100; i++)
            await store.WriteAsync([.. Enumerable.Range(0, 1000).Select(j =>
                new Change.Put(new("pods", $"ns{j % 50}", $"deployment-{i}-{j}"), new Template(Body, 7), 0))]);
        await store.DisposeAsync();
    }

    private static async Task LoadOnce(string root)
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var start = Stopwatch.GetTimestamp();
        var store = await Open(root, "load");
        var took = Stopwatch.GetElapsedTime(start);
        var bytes = GC.GetTotalMemory(forceFullCollection: true) - before;
        var stats = store.Stats();
        Console.WriteLine($"load {stats.Objects:n0} objects of 2 KB: {took.TotalSeconds:f2} s, {(double)bytes / stats.Objects:n0} bytes of memory an object"
            + $" ({(double)stats.ObjectBytes / stats.Objects:n0} of them its value), file {stats.FileBytes >> 20} MB");
        await store.DisposeAsync();
    }

    private static async Task FanOut(string root)
    {
        foreach (var watchers in new[] { 1, 100, 1000 })
        {
            var store = await Open(root, $"fan{watchers}");
            long delivered = 0, bytes = 0;
            var followers = new List<Task>();
            using var stop = new CancellationTokenSource();
            for (var i = 0; i < watchers; i++)
            {
                var (follower, _) = await store.Follow("pods", 0);
                followers.Add(Task.Run(async () =>
                {
                    using (follower)
                        while (true)
                        {
                            var (events, fault) = await follower!.ReadAsync(stop.Token);
                            if (fault is StoreFault.Cancelled) return;
                            if (fault is not null) throw new InvalidOperationException(fault.Message);
                            var sum = 0L;
                            foreach (var change in events) sum += change.Entry.Value.Length;
                            Interlocked.Add(ref delivered, events.Count);
                            Interlocked.Add(ref bytes, sum);
                        }
                }));
            }

            await Create(store, 16, TimeSpan.FromSeconds(1), "warm");
            while (Interlocked.Read(ref delivered) < store.Revision * watchers) await Task.Yield();
            var (from, start) = (delivered, Stopwatch.GetTimestamp());
            var (took, _) = await Create(store, 16, Each, "x");
            while (Interlocked.Read(ref delivered) < store.Revision * watchers) await Task.Yield();
            var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            Console.WriteLine($"fan-out to {watchers,4} watchers: {(delivered - from) / seconds,10:n0} deliveries/s of {took.Length / seconds,6:n0} durable writes/s (16 writers)");
            await stop.CancelAsync();
            await Task.WhenAll(followers);
            await store.DisposeAsync();
        }
    }

    private static double At(double[] sorted, double part) => sorted[(int)((sorted.Length - 1) * part)];

    private static async Task<StateStore> Open(string root, string name, StoreOptions? options = null)
    {
        var outcome = await StateStore.OpenAsync((options ?? new()) with { Path = Path.Combine(root, name + ".db") });
        return outcome.Store ?? throw new InvalidOperationException(outcome.Refusal!.Message);
    }
}
