namespace MiniKube.Server.Fairness;

/// <summary>
/// The seats of one level and those who wait for one. A flow is dealt a hand of queues and waits in the shortest; seats
/// that come free go round the queues, so a flow that floods fills its own few and the others pass it by.
/// </summary>
internal sealed class LevelQueue
{
    private readonly Lock gate = new();
    private readonly List<LinkedList<TaskCompletionSource>> queues = [];
    private LevelRule rule;
    private int running;
    private int waiting;
    private int next;

    public LevelQueue(LevelRule rule) => Adopt(this.rule = rule);

    /// <summary>Follows a changed configuration; those who wait go on waiting where they are.</summary>
    public void Adopt(LevelRule changed)
    {
        lock (gate)
        {
            rule = changed;
            while (queues.Count < Math.Max(1, rule.Queues)) queues.Add(new());
        }
    }

    /// <summary>A seat at once, unless none is free or somebody was there before.</summary>
    public bool TryEnter()
    {
        lock (gate)
        {
            if (running >= rule.Seats || waiting > 0) return false;
            running++;
            return true;
        }
    }

    /// <summary>A task that completes with a seat and is cancelled without one; null when there is no place to wait.</summary>
    public Task? Wait(ulong flow, CancellationToken cancel)
    {
        lock (gate)
        {
            if (!rule.Queueing) return null;
            var queue = Shortest(flow);
            if (queue.Count >= rule.QueueLength) return null;
            var place = queue.AddLast(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            waiting++;
            cancel.UnsafeRegister(_ => GiveUp(queue, place, cancel), null);
            Promote();
            return place.Value.Task;
        }
    }

    public void Leave()
    {
        lock (gate)
        {
            running--;
            Promote();
        }
    }

    private void Promote()
    {
        while (waiting > 0 && running < rule.Seats)
        {
            var queue = queues[next = (next + 1) % queues.Count];
            if (queue.First is not { } first) continue;
            queue.RemoveFirst();
            waiting--;
            running++;
            first.Value.SetResult();
        }
    }

    private void GiveUp(LinkedList<TaskCompletionSource> queue, LinkedListNode<TaskCompletionSource> place, CancellationToken cancel)
    {
        lock (gate)
        {
            if (place.List is null) return;
            queue.Remove(place);
            waiting--;
            place.Value.SetCanceled(cancel);
        }
    }

    private LinkedList<TaskCompletionSource> Shortest(ulong flow)
    {
        var best = queues[0];
        var first = true;
        foreach (var index in Shuffle.Hand(flow, Math.Max(1, rule.Queues), Math.Max(1, rule.HandSize)))
        {
            if (!first && queues[index].Count >= best.Count) continue;
            (best, first) = (queues[index], false);
        }
        return best;
    }
}
