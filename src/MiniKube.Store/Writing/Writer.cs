using System.Collections.Concurrent;

namespace MiniKube.Store.Writing;

/// <summary>
/// Hands out the writer's turn. Whoever finds it free takes it on the spot and so waits for no other thread; what queued up
/// behind it meanwhile goes to the writer's own thread, group after group, until nobody waits.
/// </summary>
internal sealed class Writer : IDisposable
{
    private const int MostInGroup = 1024;
    private const long MostGroupBytes = 8 << 20;

    private readonly Action<List<Pending>> commit;
    private readonly ConcurrentQueue<object> queue = new();
    private readonly SemaphoreSlim handover = new(0);
    private readonly Thread thread;
    private int turn;
    private volatile bool stopped;

    public Writer(Action<List<Pending>> commit)
    {
        this.commit = commit;
        thread = new(Run) { IsBackground = true, Name = "store writer" };
        thread.Start();
    }

    public void Submit(Pending pending)
    {
        queue.Enqueue(pending);
        if (TryTakeTurn()) Serve(here: true);
    }

    /// <summary>Runs something at a turn of its own, with no write going on.</summary>
    public Task<T> RunAsync<T>(Func<T> errand)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        queue.Enqueue(() =>
        {
            try
            {
                done.SetResult(errand());
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
        });
        if (TryTakeTurn()) handover.Release();
        return done.Task;
    }

    public void Dispose()
    {
        stopped = true;
        handover.Release();
        thread.Join();
        handover.Dispose();
    }

    private bool TryTakeTurn() => Interlocked.CompareExchange(ref turn, 1, 0) == 0;

    private void Serve(bool here)
    {
        while (true)
        {
            Next();
            if (queue.IsEmpty)
            {
                Volatile.Write(ref turn, 0);
                Interlocked.MemoryBarrier();
                // Whoever queued between the look and the release found the turn taken.
                if (queue.IsEmpty || !TryTakeTurn()) return;
            }

            if (!here) continue;
            handover.Release();
            return;
        }
    }

    private void Next()
    {
        var group = new List<Pending>();
        var bytes = 0L;
        while (group.Count < MostInGroup && bytes < MostGroupBytes && queue.TryPeek(out var next))
        {
            if (next is Action errand)
            {
                if (group.Count > 0) break;
                queue.TryDequeue(out _);
                errand();
                return;
            }

            queue.TryDequeue(out _);
            var pending = (Pending)next;
            if (!pending.Take()) continue;
            group.Add(pending);
            bytes += pending.Bytes;
        }

        if (group.Count == 0) return;
        try
        {
            commit(group);
        }
        catch (Exception e)
        {
            // A bug, also in what the server supplies; whoever waits must hear of it and the turn must go on.
            foreach (var pending in group) pending.Fail(e);
        }
    }

    private void Run()
    {
        while (true)
        {
            handover.Wait(Timeout.Infinite);
            if (stopped) return;
            Serve(here: false);
        }
    }
}
