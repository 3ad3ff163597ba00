using MiniKube.ControlLoop;

namespace MiniKube.Controllers.Tests;

/// <summary>No time of a schedule is ever served twice, whatever clocks, watches and restarts do.</summary>
public class CronJobSimulation
{
    private static string CronJob(string schedule, string extra = "") => $$$"""
        {"apiVersion":"batch/v1","kind":"CronJob","metadata":{"name":"c","namespace":"ns"},"spec":{"schedule":"{{{schedule}}}",{{{extra}}}
        "concurrencyPolicy":"Allow","suspend":false,"successfulJobsHistoryLimit":3,"failedJobsHistoryLimit":1,
        "jobTemplate":{"spec":{"template":{"spec":{"restartPolicy":"Never","containers":[{"name":"c","image":"i"}]} } } } } }
        """;

    private static readonly ResourceRef Jobs = Resources.RefOf<Kinds.Batch.Job>();

    private static string[] Started(World world) =>
        [.. world.Api.Since(Jobs, 0).Where(e => e.Type == EventType.Added).Select(e => Resources.Of<Kinds.Batch.Job>().Item(e.Json).Name)];

    [Test]
    public void A_clock_that_jumps_runs_nothing_twice([Range(1, 30)] int seed)
    {
        var world = new World(seed, (caches, _) => [new CronJobController(caches)]);
        var luck = new Random(seed);
        world.Make<Kinds.Batch.CronJob>(CronJob("*/5 * * * *"));
        for (var round = 0; round < 30; round++)
        {
            world.Steps(10);
            if (luck.Next(3) == 0) world.Time.Jump(TimeSpan.FromMinutes(luck.Next(-20, 20)));
            else world.Time.Advance(TimeSpan.FromMinutes(luck.Next(1, 12)));
            if (luck.Next(5) == 0) world.Restart();
            // Jobs that are on record and gone again don't make room for another one of the same time.
            var recorded = world.All<Kinds.Batch.CronJob>().Single().Value.Status?.LastScheduleTime?.ToUnixTimeSeconds() / 60 ?? 0;
            world.Calm = true;
            foreach (var job in world.All<Kinds.Batch.Job>().Where(j => long.Parse(j.Name.AsSpan(2)) <= recorded && luck.Next(4) == 0).ToArray())
                _ = world.Api.Delete(Jobs, "ns", job.Name, new DeleteQuery { Propagation = "Background" });
            world.Calm = false;
        }
        var started = Started(world);
        Assert.That(started, Is.Not.Empty, $"seed {seed}");
        Assert.That(started, Is.Unique, $"seed {seed}");
    }

    // Berlin, 2026: at 02:00 on 29 March it is 03:00, at 03:00 on 25 October it is 02:00 again.
    [TestCase("30 2 * * *", "2026-03-28T12:00:00Z", 2, new[] { "2026-03-30T02:30:00+02:00" })]
    [TestCase("30 1 * * *", "2026-03-28T12:00:00Z", 2, new[] { "2026-03-29T01:30:00+01:00", "2026-03-30T01:30:00+02:00" })]
    [TestCase("30 2 * * *", "2026-10-24T12:00:00Z", 2, new[] { "2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00" })]
    [TestCase("0 3 * * *", "2026-10-24T12:00:00Z", 2, new[] { "2026-10-25T03:00:00+01:00", "2026-10-26T03:00:00+01:00" })]
    public void Daylight_saving(string schedule, string from, int days, string[] expected)
    {
        var start = DateTimeOffset.Parse(from);
        var zone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");
        var cron = CronSchedule.Parse(schedule, out _)!;
        var times = new List<string>();
        for (var at = cron.Next(start, zone); at is { } time && time < start.AddDays(days); at = cron.Next(time, zone))
            times.Add(TimeZoneInfo.ConvertTime(time, zone).ToString("yyyy-MM-dd'T'HH:mm:sszzz"));
        Assert.That(times, Is.EqualTo(expected));
    }

    // What is due at an hour that comes twice is served in the first of them; what is due whatever the hour, in both.
    [Test]
    public void When_clocks_change_every_time_is_served_and_none_twice(
        [Values("2026-03-28T20:00:00Z", "2026-10-24T20:00:00Z")] string from, [Values("30 2 * * *", "*/30 * * * *")] string schedule, [Range(1, 6)] int seed)
    {
        var start = DateTimeOffset.Parse(from);
        var zone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");
        var world = new World(seed, (caches, _) => [new CronJobController(caches)]);
        var luck = new Random(seed);
        world.Time.AdvanceTo(start);
        world.Make<Kinds.Batch.CronJob>(CronJob(schedule, "\"timeZone\":\"Europe/Berlin\","));
        while (world.Time.GetUtcNow() < start.AddHours(40))
        {
            // Shorter than from one time to the next: nothing is ever made up for.
            world.Time.Advance(TimeSpan.FromMinutes(luck.Next(1, 9)));
            if (luck.Next(8) == 0) world.Time.Jump(TimeSpan.FromMinutes(luck.Next(-15, 0)));
            if (luck.Next(12) == 0) world.Restart();
            world.Calm = false;
            world.Steps(4);
            world.Calm = true;
            world.Steps(12);
        }
        var until = start.AddHours(39);
        var due = Enumerable.Range(1, 39 * 60).Select(m => start.AddMinutes(m)).Where(t => Due(schedule, t, zone)).Select(t => $"c-{t.ToUnixTimeSeconds() / 60}").ToArray();
        var started = Started(world);
        Assert.That(started, Is.Unique, $"seed {seed}");
        Assert.That(started.Where(s => long.Parse(s.AsSpan(2)) <= until.ToUnixTimeSeconds() / 60), Is.EquivalentTo(due), $"seed {seed}");
    }

    private static bool Due(string schedule, DateTimeOffset at, TimeZoneInfo zone)
    {
        var local = TimeZoneInfo.ConvertTime(at, zone);
        if (schedule[0] == '*') return local.Minute % 30 == 0;
        return local is { Hour: 2, Minute: 30 } && TimeZoneInfo.ConvertTime(at.AddHours(-1), zone).Hour != 2;
    }

    [Test]
    public void Only_the_latest_of_many_missed_times_is_made_up_for([Values(1, 99, 101, 500)] int missed)
    {
        var world = new World(1, (caches, _) => [new CronJobController(caches)]) { Calm = true };
        world.Time.Advance(TimeSpan.FromSeconds(30));
        world.Make<Kinds.Batch.CronJob>(CronJob("* * * * *"));
        world.Time.Advance(TimeSpan.FromMinutes(missed));
        var latest = $"c-{world.Time.GetUtcNow().ToUnixTimeSeconds() / 60}";
        world.Steps(12);
        Assert.That(Started(world)[0], Is.EqualTo(latest));
        Assert.That(world.Events.Count(e => e.Contains("TooManyMissedTimes")), missed > 100 ? Is.GreaterThanOrEqualTo(1) : Is.Zero);
    }

    [Test]
    public void What_is_later_than_its_deadline_is_left_out([Values(30, 90)] int deadline)
    {
        var world = new World(1, (caches, _) => [new CronJobController(caches)]) { Calm = true };
        world.Time.Advance(TimeSpan.FromMinutes(5));
        world.Make<Kinds.Batch.CronJob>(CronJob("0 * * * *", $"\"startingDeadlineSeconds\":{deadline},"));
        world.Time.Advance(TimeSpan.FromMinutes(56));
        var hour = world.Time.GetUtcNow().ToUnixTimeSeconds() / 3600 * 60;
        world.Steps(12);
        Assert.That(Started(world).Contains($"c-{hour}"), Is.EqualTo(deadline > 60));
    }
}
