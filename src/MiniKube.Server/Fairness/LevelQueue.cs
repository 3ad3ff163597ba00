namespace MiniKube.Server.Fairness;

/// <summary>
/// Those of one level: who runs, and who waits in which queue. A flow is dealt a hand of queues and waits in the shortest; the
/// next is of the queue that has had the least, so a flow that floods fills its own few and the others pass it by.
/// The pool's turn is held around every call.
/// </summary>
internal sealed class LevelQueue
{
    private readonly List<Line> lines = [];
    private long now;
    private long arrived;

    public LevelQueue(LevelRule rule) => Adopt(Rule = rule);

    internal sealed class Line
    {
        public readonly LinkedList<Ticket> Waiters = [];

        /// <summary>Seats given to this queue so far, on the common scale of all queues of the level.</summary>
        public long Served;
    }

    public LevelRule Rule { get; private set; }

    /// <summary>Its place among the levels of the pool.</summary>
    public int At { get; set; }

    /// <summary>Configured no more: it goes when the last of its requests is done.</summary>
    public bool Leaving { get; set; }

    public HashSet<Ticket> Running { get; } = [];
    public int RunningSeats { get; private set; }
    public int Waiting { get; private set; }
    public bool Idle => Running.Count == 0 && Waiting == 0;
    public IReadOnlyList<Line> Lines => lines;
    public FlowCounts Counts { get; } = new();

    /// <summary>Follows a changed configuration; those who wait go on waiting where they are.</summary>
    public void Adopt(LevelRule changed)
    {
        Rule = changed;
        while (lines.Count < Rule.Queues) lines.Add(new());
    }

    /// <summary>Nothing is wider than all its level may ever have.</summary>
    public int WidthOf(Ticket ticket) => ticket.Seats > 0 ? ticket.Seats : Rule.Exempt ? ticket.Width : Math.Min(ticket.Width, Math.Max(1, Rule.Seats.Most));

    /// <summary>What the next one waits for; 0 when nobody does.</summary>
    public int Wanted => Waiting == 0 ? 0 : WidthOf(NextLine().Waiters.First!.Value);

    /// <summary>False when there is no place to wait.</summary>
    public bool Join(Ticket ticket)
    {
        var at = Shortest(Shuffle.Hash(ticket.Flow.Schema.Name, ticket.Flow.Distinguisher));
        var line = lines[at];
        if (line.Waiters.Count >= Rule.QueueLength) return false;
        // Who was idle has saved nothing up.
        if (line.Waiters.Count == 0) line.Served = Math.Max(line.Served, now);
        (ticket.Line, ticket.Number) = (at, ++arrived);
        line.Waiters.AddLast(ticket);
        Waiting++;
        return true;
    }

    /// <summary>The next of those who wait, out of his queue, which has had that many seats more.</summary>
    public Ticket Call(int seats)
    {
        var line = NextLine();
        var ticket = line.Waiters.First!.Value;
        line.Waiters.RemoveFirst();
        Waiting--;
        now = line.Served;
        line.Served += seats;
        return ticket;
    }

    public void Begin(Ticket ticket, int seats, DateTimeOffset at)
    {
        (ticket.Seats, ticket.Started) = (seats, at);
        Running.Add(ticket);
        RunningSeats += seats;
        Counts.Dispatched(ticket.Flow.Schema.Name);
    }

    /// <summary>False when it had left before.</summary>
    public bool End(Ticket ticket)
    {
        if (!Running.Remove(ticket)) return false;
        RunningSeats -= ticket.Seats;
        return true;
    }

    /// <summary>False when it waits no more.</summary>
    public bool GiveUp(Ticket ticket)
    {
        if (ticket.Started is not null || !lines[ticket.Line].Waiters.Remove(ticket)) return false;
        Waiting--;
        return true;
    }

    private Line NextLine()
    {
        Line? next = null;
        foreach (var line in lines)
            if (line.Waiters.First is { } first && (next is null || line.Served < next.Served || line.Served == next.Served && first.Value.Number < next.Waiters.First!.Value.Number)) next = line;
        return next!;
    }

    private int Shortest(ulong flow)
    {
        var best = -1;
        foreach (var at in Shuffle.Hand(flow, Rule.Queues, Math.Max(1, Rule.HandSize)))
            if (best < 0 || lines[at].Waiters.Count < lines[best].Waiters.Count) best = at;
        return best;
    }
}
