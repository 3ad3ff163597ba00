using MiniKube.Controllers;
using MiniKube.TestKit;

namespace MiniKube.Host.Tests;

/// <summary>When the state is saved by the clock, and which of these files go.</summary>
public sealed class SnapshotScheduleTests
{
    private static readonly DateTimeOffset Noon = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private static SnapshotSchedule Daily { get; } = new(CronSchedule.Parse("0 3 * * *", out _)!, Keep: 2);

    private static SnapshotName At(double hours) => new(SnapshotName.ByClock, Noon.AddHours(hours));

    [TestCase(null, true, TestName = "The first is due at once")]
    [TestCase(-8.0, false, TestName = "Once a night is enough")]
    [TestCase(-10.0, true, TestName = "A night slept through is made up for")]
    [TestCase(5.0, true, TestName = "One from the future counts for nothing")]
    public void Due(double? taken, bool expected) => Assert.That(Daily.Due(taken is { } hours ? [At(hours)] : [], Noon, TimeZoneInfo.Utc), Is.EqualTo(expected));

    [Test]
    public void The_oldest_go_and_before_them_those_of_a_clock_that_was_wrong() =>
        Assert.That(Daily.Superfluous([At(-72), At(-48), At(500), At(-24)], Noon), Is.EqualTo(new[] { At(-72), At(500) }));

    [Test]
    public void A_name_says_when_and_by_what()
    {
        var name = At(0.5);
        Assert.That((name.ToString(), SnapshotName.Parse(name.ToString())), Is.EqualTo(("scheduled-20300101T123000.000Z.db", (SnapshotName?)name)));
        Assert.That(new[] { "scheduled-20300101T123000.000Z.db.part", "minik.db", "scheduled-monday.db" }.Select(SnapshotName.Parse), Is.All.Null);
    }

    [Test]
    public async Task They_are_taken_and_cleared_away_while_the_server_runs()
    {
        await using var served = await ServedPlane.Start(Noon);
        var directory = Directory.CreateDirectory(OwnerFiles.Snapshots(served.Directory)).FullName;
        File.WriteAllText(Path.Combine(directory, "minik-20200101T000000.000Z.db"), "by hand");
        File.WriteAllText(Path.Combine(directory, "scheduled-20200101T000000.000Z.db.part"), "half");
        using var life = new CancellationTokenSource();
        var run = SnapshotSchedule.Run(new(CronSchedule.Parse("@hourly", out _)!, Keep: 2), served.Plane, served.Directory, served.Time, new(TextWriter.Null, served.Time, LogLevel.Error, json: false), life.Token);
        string[] Files() => [.. Directory.EnumerateFiles(directory).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];
        foreach (var minutes in (int[])[1, 59, 60])
        {
            served.Time.Advance(TimeSpan.FromMinutes(minutes));
            var latest = new SnapshotName(SnapshotName.ByClock, served.Time.GetUtcNow()).ToString();
            await Until.True(() => Files().Contains(latest) && Files().Length <= 3);
        }
        Assert.That(Files(), Is.EqualTo(new[] { "minik-20200101T000000.000Z.db", "scheduled-20300101T130000.000Z.db", "scheduled-20300101T140000.000Z.db" }));
        await life.CancelAsync();
        Assert.That(async () => await run, Throws.InstanceOf<OperationCanceledException>());
    }
}
