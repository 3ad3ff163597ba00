namespace MiniKube.Server.Fairness;

/// <summary>The seats of a level: Nominal are its own, Least of them are never lent, Most is what it may have with those it borrows.</summary>
public readonly record struct SeatShare(int Nominal, int Least, int Most)
{
    /// <summary>Rounded up as upstream does: every level with a share has a seat. Who has no limit may borrow all there are.</summary>
    public static SeatShare Of(int total, int shares, int allShares, int lendablePercent, int? borrowingPercent)
    {
        var nominal = (int)(((long)total * shares + allShares - 1) / allShares);
        return new(nominal, nominal - Part(nominal, lendablePercent), nominal + (borrowingPercent is { } percent ? Part(nominal, percent) : total));
    }

    private static int Part(int seats, int percent) => (int)Math.Round(seats * (percent / 100.0), MidpointRounding.AwayFromZero);
}

/// <summary>What goes on in a level: seats taken, and seats that the first of those who wait wants (0: nobody waits).</summary>
internal readonly record struct LevelSeats(SeatShare Share, bool Exempt, int Running, int Wanted)
{
    /// <summary>Somebody waits for what is the level's own. Who is wider than that claims it when nobody else of the level has any.</summary>
    public bool Claims => Wanted > 0 && Share.Nominal > 0 && Running + Math.Min(Wanted, Share.Nominal) <= Share.Nominal;

    /// <summary>Seats that no other level can take; who is exempt keeps others from borrowing, not from what is theirs.</summary>
    public int Held(bool fromBorrowers) => Math.Max(Share.Least, Exempt && !fromBorrowers ? Math.Min(Running, Share.Nominal) : Running);
}

/// <summary>
/// Who may take seats. What is not lendable is only its level's; all other seats are whoever's comes first, except that
/// nobody borrows while somebody waits for his own. Nothing is taken back: lent seats come free as requests end, and then
/// go home first. So a level waits for its own seats no longer than the requests last that borrow them. Pure.
/// </summary>
internal static class Lending
{
    /// <summary>Seats that nobody has and no level keeps for itself; below zero while more runs than a changed configuration has seats for.</summary>
    public static int Free(ReadOnlySpan<LevelSeats> levels, bool forBorrowers)
    {
        var free = 0;
        foreach (ref readonly var level in levels) free += level.Share.Nominal - level.Held(forBorrowers);
        return free;
    }

    public static bool MayTake(ReadOnlySpan<LevelSeats> levels, int at, int width)
    {
        ref readonly var level = ref levels[at];
        if (level.Exempt) return true;
        var then = level.Running + width;
        if (then > level.Share.Most) return false;
        if (then <= level.Share.Least) return true;
        var borrows = then > level.Share.Nominal;
        if (borrows)
            for (var i = 0; i < levels.Length; i++)
                if (i != at && levels[i].Claims) return false;
        return then - level.Held(borrows) <= Free(levels, borrows);
    }

    /// <summary>
    /// Seats that somebody of that width gets now, or 0. Who is wider than what his level has borrows the rest if he can and else
    /// goes with what there is, alone in his level: he would wait for ever.
    /// </summary>
    public static int Fit(ReadOnlySpan<LevelSeats> levels, int at, int width)
    {
        if (MayTake(levels, at, width)) return width;
        var alone = Math.Max(1, levels[at].Share.Nominal);
        return levels[at].Running == 0 && width > alone && MayTake(levels, at, alone) ? alone : 0;
    }

    /// <summary>The level whose first may take what he waits for, or -1: own seats before borrowed ones, then who has least of what is his.</summary>
    public static int Next(ReadOnlySpan<LevelSeats> levels)
    {
        var next = -1;
        for (var i = 0; i < levels.Length; i++)
            if (levels[i].Wanted > 0 && Fit(levels, i, levels[i].Wanted) > 0 && (next < 0 || Before(levels[i], levels[next]))) next = i;
        return next;
    }

    /// <summary>Seats a level could take at once if it wanted to, those it has among them.</summary>
    public static int Reach(ReadOnlySpan<LevelSeats> levels, int at)
    {
        var level = levels[at];
        var own = Math.Min(level.Share.Nominal, level.Held(false) + Math.Max(0, Free(levels, false)));
        var borrowed = level.Held(true) + Math.Max(0, Free(levels, true));
        return Math.Max(level.Running, Math.Min(level.Share.Most, Math.Max(own, borrowed)));
    }

    private static bool Before(in LevelSeats a, in LevelSeats b) =>
        a.Claims != b.Claims ? a.Claims : (long)a.Running * Math.Max(1, b.Share.Nominal) < (long)b.Running * Math.Max(1, a.Share.Nominal);
}
