namespace MiniKube.Server.Fairness;

/// <summary>All seats of the server, and the levels among which <see cref="Lending"/> deals them out. One turn at a time.</summary>
internal sealed class SeatPool(TimeProvider time)
{
    private readonly Lock turn = new();
    private readonly Dictionary<string, LevelQueue> byName = new(StringComparer.Ordinal);
    private LevelQueue[] levels = [];
    private LevelSeats[] seats = [];
    private FlowRules? adopted;

    /// <summary>Why there is neither seat nor place to wait; null when the ticket has seats, or a turn to wait for.</summary>
    public string? Enter(FlowRules rules, Ticket ticket)
    {
        lock (turn)
        {
            if (!ReferenceEquals(rules, adopted)) Adopt(rules);
            var level = byName[ticket.Flow.Level.Name];
            ticket.Level = level;
            if (level.Waiting == 0 && Lending.Fit(seats, level.At, level.WidthOf(ticket)) is > 0 and var some)
            {
                Begin(level, ticket, some);
                return null;
            }
            var refused = !level.Rule.Queueing ? FlowCounts.NoSeat : !level.Join(ticket) ? FlowCounts.QueueFull : null;
            if (refused is not null)
            {
                level.Counts.Rejected(ticket.Flow.Schema.Name, refused);
                return refused;
            }
            ticket.Turn = new(TaskCreationOptions.RunContinuationsAsynchronously);
            Note(level);
            // It may be before the one that found no room, and want less.
            Promote();
            return null;
        }
    }

    public void Leave(Ticket ticket)
    {
        lock (turn)
        {
            var level = ticket.Level!;
            if (!level.End(ticket)) return;
            Note(level);
            if (level is { Leaving: true, Idle: true } && byName.Remove(level.Rule.Name)) Number();
            Promote();
        }
    }

    /// <summary>Who waits no longer; nothing happens to who has seats by now.</summary>
    public void GiveUp(Ticket ticket, string reason)
    {
        lock (turn)
        {
            var level = ticket.Level!;
            if (!level.GiveUp(ticket)) return;
            level.Counts.Rejected(ticket.Flow.Schema.Name, reason);
            ticket.Turn!.SetResult(false);
            Note(level);
            // The one behind may want less.
            Promote();
        }
    }

    /// <summary>Each level and what it could take at once, as they stand together; nothing may be kept of it.</summary>
    public void Look(FlowRules rules, Action<LevelQueue, int> at)
    {
        lock (turn)
        {
            if (!ReferenceEquals(rules, adopted)) Adopt(rules);
            foreach (var level in levels.OrderBy(l => l.Rule.Name, StringComparer.Ordinal)) at(level, Lending.Reach(seats, level.At));
        }
    }

    private void Adopt(FlowRules rules)
    {
        adopted = rules;
        foreach (var level in byName.Values) level.Leaving = true;
        foreach (var rule in rules.Levels)
        {
            if (byName.TryGetValue(rule.Name, out var level)) level.Adopt(rule);
            else byName[rule.Name] = level = new(rule);
            level.Leaving = false;
        }
        foreach (var gone in byName.Values.Where(l => l is { Leaving: true, Idle: true }).ToList()) byName.Remove(gone.Rule.Name);
        Number();
        Promote();
    }

    private void Number()
    {
        levels = [.. byName.Values];
        seats = new LevelSeats[levels.Length];
        for (var i = 0; i < levels.Length; i++)
        {
            levels[i].At = i;
            Note(levels[i]);
        }
    }

    private void Note(LevelQueue level) => seats[level.At] = new(level.Rule.Seats, level.Rule.Exempt, level.RunningSeats, level.Wanted);

    private void Begin(LevelQueue level, Ticket ticket, int some)
    {
        level.Begin(ticket, some, time.GetUtcNow());
        Note(level);
    }

    private void Promote()
    {
        while (Lending.Next(seats) is >= 0 and var at)
        {
            var some = Lending.Fit(seats, at, seats[at].Wanted);
            var ticket = levels[at].Call(some);
            Begin(levels[at], ticket, some);
            ticket.Turn!.SetResult(true);
        }
    }
}
