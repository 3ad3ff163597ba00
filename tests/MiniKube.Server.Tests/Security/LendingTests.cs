using System.Globalization;
using MiniKube.Server.Fairness;

namespace MiniKube.Server.Tests.Security;

/// <summary>Seats that levels lend each other: who may take them, and that they come home.</summary>
[TestFixture]
public sealed class LendingTests
{
    private static IEnumerable<string> Lines(string file) =>
        File.ReadLines(Path.Combine(TestContext.CurrentContext.TestDirectory, "Cases", "lending", file)).Where(l => l.Length > 0 && l[0] != '#');

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    [Test]
    public void Shares_are_counted_as_upstream_counts_them()
    {
        foreach (var words in Lines("shares.txt").Select(l => l.Split(' ')))
        {
            var share = SeatShare.Of(Number(words[1]), Number(words[2]), Number(words[3]), Number(words[4]), words[5] == "-" ? null : Number(words[5]));
            Assert.That(share, Is.EqualTo(new SeatShare(Number(words[7]), Number(words[8]), Number(words[9]))), string.Join(' ', words));
        }
    }

    [Test]
    public void Decisions_are_as_written_down()
    {
        string[] names = [];
        LevelSeats[] levels = [];
        var asked = 0;
        Assert.Multiple(() =>
        {
            foreach (var line in Lines("decisions.txt"))
            {
                var words = line.Split(' ');
                switch (words[0])
                {
                    case "levels":
                        names = [.. words[1..].Select(w => w.Split('!', ':')[0])];
                        levels = [.. words[1..].Select(Read)];
                        break;
                    case "may":
                        Assert.That(Lending.MayTake(levels, Array.IndexOf(names, words[1]), Number(words[2])), Is.EqualTo(words[3] == "yes"), $"{string.Join(' ', levels)}: {line}");
                        asked++;
                        break;
                    case "fit":
                        Assert.That(Lending.Fit(levels, Array.IndexOf(names, words[1]), Number(words[2])), Is.EqualTo(Number(words[3])), $"{string.Join(' ', levels)}: {line}");
                        asked++;
                        break;
                    case "reach":
                        Assert.That(Lending.Reach(levels, Array.IndexOf(names, words[1])), Is.EqualTo(Number(words[2])), $"{string.Join(' ', levels)}: {line}");
                        asked++;
                        break;
                    default:
                        Assert.That(Lending.Next(levels) is >= 0 and var at ? names[at] : "nobody", Is.EqualTo(words[1]), $"{string.Join(' ', levels)}: {line}");
                        asked++;
                        break;
                }
            }
        });
        Assert.That(asked, Is.GreaterThan(30));

        static LevelSeats Read(string word)
        {
            var parts = word.Split(':', '/', '=', '+');
            var numbers = parts[1..].Select(Number).ToList();
            return new(new(numbers[0], numbers[1], numbers[2]), parts[0].EndsWith('!'), numbers[3], numbers.ElementAtOrDefault(4));
        }
    }

    /// <summary>What may happen to a pool: somebody comes to a level, or the oldest of those who run leaves it.</summary>
    private static readonly LevelRule[] Levels =
    [
        new("exempt", "", true, 0, 0, null, 0, 0, 0), new("strict", "", false, 10, 0, 0, 4, 2, 50), new("lends", "", false, 40, 90, null, 4, 2, 50),
        new("limited", "", false, 20, 50, 25, 4, 2, 50), new("poor", "", false, 1, 0, null, 4, 2, 50), new("rejects", "", false, 5, 40, null, 0, 0, 0),
    ];

    private sealed class Run(int total)
    {
        private readonly SeatPool pool = new(TimeProvider.System);
        public readonly FlowRules Rules = FlowRules.Of([], Levels, total);
        public readonly List<Ticket> Tickets = [];

        public Ticket Enter(int level, int width)
        {
            var rule = Rules.Levels.First(l => l.Name == Levels[level].Name);
            var ticket = new Ticket(new(new("s", "", rule.Name, 1, "", []), rule, $"u{Tickets.Count % 3}"), UserInfo.Anonymous, new RequestInfo { Verb = "get", Path = "/" }, width, default);
            if (pool.Enter(Rules, ticket) is null) Tickets.Add(ticket);
            return ticket;
        }

        public void Leave(Ticket ticket)
        {
            pool.Leave(ticket);
            Tickets.Remove(ticket);
        }

        public void GiveUp(Ticket ticket)
        {
            pool.GiveUp(ticket, FlowCounts.GoneAway);
            if (ticket.Started is null) Tickets.Remove(ticket);
        }

        public List<Ticket> Running => [.. Tickets.Where(t => t.Seats > 0)];
        public List<Ticket> Waiting => [.. Tickets.Where(t => t.Seats == 0)];

        public LevelSeats[] Seats()
        {
            var seats = new List<LevelSeats>();
            pool.Look(Rules, (l, _) => seats.Add(new(l.Rule.Seats, l.Rule.Exempt, l.RunningSeats, l.Wanted)));
            return [.. seats];
        }
    }

    [FsCheck.NUnit.Property(MaxTest = 300)]
    public void Whatever_happens_nobody_loses_what_is_his(byte size, (byte What, byte Which)[] story)
    {
        var run = new Run(20 + size);
        foreach (var (what, which) in story.SelectMany(s => Enumerable.Repeat(s, 1 + s.Which % 7)))
        {
            var before = run.Seats();
            if (what % 3 < 2 || run.Tickets.Count == 0) run.Enter(which % Levels.Length, 1 + what % 5 * (which % 3));
            else if (run.Waiting is { Count: > 0 } waiting && which % 4 == 0) run.GiveUp(waiting[which % waiting.Count]);
            else if (run.Running is { Count: > 0 } running) run.Leave(running[which % running.Count]);
            Assert.That(Fault(before, run.Seats()), Is.Null);
        }
        // When nobody new comes, everybody's turn comes.
        while (run.Running is { Count: > 0 } rest) run.Leave(rest[0]);
        Assert.That(run.Waiting, Is.Empty);
    }

    private static string? Fault(LevelSeats[] before, LevelSeats[] after)
    {
        var story = $": {string.Join(" ", before)} -> {string.Join(" ", after)}";
        var limited = after.Where(l => !l.Exempt).ToList();
        if (limited.Any(l => l.Running > l.Share.Most)) return "more than a level may have" + story;
        if (limited.Sum(l => l.Held(true)) > after.Sum(l => l.Share.Nominal)) return "more than there is, counting as taken what is kept for its level" + story;
        for (var i = 0; i < after.Length; i++)
        {
            if (after[i].Exempt && after[i].Wanted > 0) return "who is exempt waits" + story;
            if (after[i].Wanted > 0 && after[i].Running + after[i].Wanted <= after[i].Share.Least) return "a wait for what is never lent" + story;
            if (after[i].Claims && !limited.Any(l => l.Running > l.Share.Nominal)) return "a wait for one's own, and nobody borrows" + story;
            if (before[i].Claims && after[i].Claims && before[i].Running == after[i].Running
                && after.Where((l, at) => !l.Exempt && at != i && l.Running > before[at].Running && l.Running > l.Share.Nominal).Any()) return "somebody borrows while another waits for his own" + story;
        }
        return Lending.Next(after) < 0 ? null : "somebody waits who need not" + story;
    }

    [Test]
    public void A_level_that_is_configured_no_more_serves_those_who_are_there_and_goes()
    {
        var pool = new SeatPool(TimeProvider.System);
        var (both, one) = (FlowRules.Of([], Levels, 76), FlowRules.Of([], Levels[..2], 76));
        Ticket Enter(FlowRules rules, int level)
        {
            var rule = rules.Levels.First(l => l.Name == Levels[level].Name);
            var ticket = new Ticket(new(new("s", "", rule.Name, 1, "", []), rule, ""), UserInfo.Anonymous, new RequestInfo { Verb = "get", Path = "/" }, 25, default);
            Assert.That(pool.Enter(rules, ticket), Is.Null);
            return ticket;
        }
        var (first, second) = (Enter(both, 3), Enter(both, 3));
        Assert.That((first.Seats, second.Seats), Is.EqualTo((25, 0)), "its own twenty and a quarter more");
        Enter(one, 1);
        var names = new List<(string, bool)>();
        pool.Look(one, (l, _) => names.Add((l.Rule.Name, l.Leaving)));
        Assert.That(names, Is.EqualTo(new[] { ("exempt", false), ("limited", true), ("strict", false) }));
        pool.Leave(first);
        Assert.That(second.Seats, Is.GreaterThan(0));
        pool.Leave(second);
        names.Clear();
        pool.Look(one, (l, _) => names.Add((l.Rule.Name, l.Leaving)));
        Assert.That(names, Is.EqualTo(new[] { ("exempt", false), ("strict", false) }));
    }
}
