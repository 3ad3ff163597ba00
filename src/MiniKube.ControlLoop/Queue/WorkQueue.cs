namespace MiniKube.ControlLoop;

/// <summary>
/// Keys waiting for a worker. A key is there once however often it was added, is never with two workers at a time, and
/// is taken again when it was added while being worked on. Delays run on the given clock.
/// </summary>
public sealed class WorkQueue<TKey> : IDisposable where TKey : notnull
{
    private readonly Lock gate = new();
    private readonly Queue<TKey> ready = new();
    private readonly HashSet<TKey> waiting = [];
    private readonly HashSet<TKey> working = [];
    private readonly Dictionary<TKey, int> failures = [];
    private readonly PriorityQueue<TKey, DateTimeOffset> delayed = new();
    private readonly Dictionary<TKey, DateTimeOffset> dueAt = [];
    private readonly Queue<TaskCompletionSource<TKey>> takers = new();
    private readonly string name;
    private readonly TimeProvider time;
    private readonly BackOff backOff;
    private readonly ITimer timer;
    private DateTimeOffset timerDue = DateTimeOffset.MaxValue;

    public WorkQueue(string name, TimeProvider time, BackOff? backOff = null)
    {
        this.name = name;
        this.time = time;
        this.backOff = backOff ?? BackOff.WorkQueue;
        timer = time.CreateTimer(_ => Due(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Keys ready or being worked on, delayed ones not counted.</summary>
    public int Depth
    {
        get
        {
            lock (gate) return waiting.Count + working.Count;
        }
    }

    public void Add(TKey key)
    {
        LoopMetrics.QueueAdds.Add(1, new KeyValuePair<string, object?>("name", name));
        lock (gate) MakeReady(key);
    }

    /// <summary>Adds later; the earliest of several times counts.</summary>
    public void AddAfter(TKey key, TimeSpan delay)
    {
        if (delay <= TimeSpan.Zero)
        {
            Add(key);
            return;
        }
        lock (gate)
        {
            var due = time.GetUtcNow() + delay;
            if (dueAt.TryGetValue(key, out var known) && known <= due) return;
            dueAt[key] = due;
            delayed.Enqueue(key, due);
            SetTimer();
        }
    }

    /// <summary>Adds after this key's back-off, which grows with every call until <see cref="Forget"/>.</summary>
    public void Retry(TKey key)
    {
        LoopMetrics.QueueRetries.Add(1, new KeyValuePair<string, object?>("name", name));
        int count;
        lock (gate) failures[key] = count = failures.GetValueOrDefault(key) + 1;
        AddAfter(key, backOff.After(count));
    }

    public void Forget(TKey key)
    {
        lock (gate) failures.Remove(key);
    }

    public int Failures(TKey key)
    {
        lock (gate) return failures.GetValueOrDefault(key);
    }

    /// <summary>The next key; the caller owes a <see cref="Done"/>.</summary>
    public ValueTask<TKey> Take(CancellationToken cancel)
    {
        TaskCompletionSource<TKey> taker;
        lock (gate)
        {
            if (TryTake(out var key)) return ValueTask.FromResult(key!);
            takers.Enqueue(taker = new(TaskCreationOptions.RunContinuationsAsynchronously));
        }
        return new(Await(taker, cancel));
    }

    /// <summary>The next key if there is one.</summary>
    public bool TryTake(out TKey? key)
    {
        lock (gate)
        {
            if (!ready.TryDequeue(out key)) return false;
            waiting.Remove(key);
            working.Add(key);
            return true;
        }
    }

    public void Done(TKey key)
    {
        lock (gate)
        {
            working.Remove(key);
            // Added meanwhile: it waited in the set but not in the line.
            if (waiting.Contains(key)) Line(key);
        }
    }

    public void Dispose() => timer.Dispose();

    private static async Task<TKey> Await(TaskCompletionSource<TKey> taker, CancellationToken cancel)
    {
        using var _ = cancel.Register(() => taker.TrySetCanceled(cancel));
        return await taker.Task;
    }

    private void MakeReady(TKey key)
    {
        if (!waiting.Add(key) || working.Contains(key)) return;
        Line(key);
    }

    private void Line(TKey key)
    {
        while (takers.TryDequeue(out var taker))
        {
            waiting.Remove(key);
            working.Add(key);
            if (taker.TrySetResult(key)) return;
            working.Remove(key);
            waiting.Add(key);
        }
        ready.Enqueue(key);
    }

    private void Due()
    {
        lock (gate)
        {
            timerDue = DateTimeOffset.MaxValue;
            var now = time.GetUtcNow();
            while (delayed.TryPeek(out var key, out var due) && due <= now)
            {
                delayed.Dequeue();
                if (!dueAt.TryGetValue(key, out var wanted) || wanted != due) continue;
                dueAt.Remove(key);
                MakeReady(key);
            }
            SetTimer();
        }
    }

    private void SetTimer()
    {
        if (!delayed.TryPeek(out _, out var due) || due >= timerDue) return;
        timerDue = due;
        var wait = due - time.GetUtcNow();
        timer.Change(wait > TimeSpan.Zero ? RoundUp(wait) : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    // Timers count whole milliseconds and must not fire early.
    private static TimeSpan RoundUp(TimeSpan wait) => TimeSpan.FromMilliseconds(Math.Min(Math.Ceiling(wait.TotalMilliseconds), 4e9));
}
