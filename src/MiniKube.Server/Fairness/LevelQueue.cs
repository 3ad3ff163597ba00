namespace MiniKube.Server.Fairness;

/// <summary>
/// The seats of one level and those who wait for one. A flow is dealt a hand of queues and waits in the shortest; seats
/// that come free go to the queue that has had the least, so a flow that floods fills its own few and the others pass it by.
/// </summary>
internal sealed class LevelQueue
{
    private readonly Lock gate = new();
    private readonly List<Line> lines = [];
    private LevelRule rule;
    private int running;
    private int waiting;
    private long now;
    private long arrived;

    public LevelQueue(LevelRule rule) => Adopt(this.rule = rule);

    private sealed class Line
    {
        public readonly LinkedList<Waiter> Waiters = [];

        /// <summary>Seats given to this queue so far, on the common scale of all queues of the level.</summary>
        public long Served;
    }

    private sealed record Waiter(long Number, int Width, TaskCompletionSource<int> Turn);

    /// <summary>Follows a changed configuration; those who wait go on waiting where they are.</summary>
    public void Adopt(LevelRule changed)
    {
        lock (gate)
        {
            rule = changed;
            while (lines.Count < Math.Max(1, rule.Queues)) lines.Add(new());
        }
    }

    /// <summary>Seats at once, unless too few are free or somebody was there before: then 0.</summary>
    public int TryEnter(int width)
    {
        lock (gate)
        {
            var wide = Math.Min(width, rule.Seats);
            if (running + wide > rule.Seats || waiting > 0) return 0;
            running += wide;
            return wide;
        }
    }

    /// <summary>A task that completes with the seats taken and is cancelled without any; null when there is no place to wait.</summary>
    public Task<int>? Wait(ulong flow, int width, CancellationToken cancel)
    {
        lock (gate)
        {
            if (!rule.Queueing) return null;
            var line = Shortest(flow);
            if (line.Waiters.Count >= rule.QueueLength) return null;
            // Who was idle has saved nothing up.
            if (line.Waiters.Count == 0) line.Served = Math.Max(line.Served, now);
            var place = line.Waiters.AddLast(new Waiter(++arrived, width, new(TaskCreationOptions.RunContinuationsAsynchronously)));
            waiting++;
            cancel.UnsafeRegister(_ => GiveUp(line, place, cancel), null);
            Promote();
            return place.Value.Turn.Task;
        }
    }

    public void Leave(int seats)
    {
        lock (gate)
        {
            running -= seats;
            Promote();
        }
    }

    private void Promote()
    {
        while (waiting > 0)
        {
            var line = Next();
            var first = line.Waiters.First!;
            var wide = Math.Min(first.Value.Width, rule.Seats);
            // The others wait with it: narrow requests would keep a wide one out for ever.
            if (running + wide > rule.Seats) return;
            line.Waiters.RemoveFirst();
            now = line.Served;
            line.Served += wide;
            waiting--;
            running += wide;
            first.Value.Turn.SetResult(wide);
        }
    }

    private Line Next()
    {
        Line? next = null;
        foreach (var line in lines)
            if (line.Waiters.First is { } first && (next is null || line.Served < next.Served || line.Served == next.Served && first.Value.Number < next.Waiters.First!.Value.Number)) next = line;
        return next!;
    }

    private void GiveUp(Line line, LinkedListNode<Waiter> place, CancellationToken cancel)
    {
        lock (gate)
        {
            if (place.List is null) return;
            line.Waiters.Remove(place);
            waiting--;
            place.Value.Turn.SetCanceled(cancel);
            Promote();
        }
    }

    private Line Shortest(ulong flow)
    {
        var best = lines[0];
        var first = true;
        foreach (var index in Shuffle.Hand(flow, Math.Max(1, rule.Queues), Math.Max(1, rule.HandSize)))
        {
            if (!first && lines[index].Waiters.Count >= best.Waiters.Count) continue;
            (best, first) = (lines[index], false);
        }
        return best;
    }
}
