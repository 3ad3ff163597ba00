using MiniKube.Controllers;

namespace MiniKube.Host;

/// <summary>
/// Snapshots by the clock. What is due is read off the files that are there: a machine that was off or asleep at the time takes its snapshot
/// once it is back. Those taken by hand are never cleared away.
/// </summary>
internal sealed record SnapshotSchedule(CronSchedule Times, int Keep)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromMinutes(30);

    public static async Task Run(SnapshotSchedule schedule, ControlPlane plane, string data, TimeProvider time, ConsoleLog log, CancellationToken cancel)
    {
        using var look = new PeriodicTimer(LookEvery, time);
        var notBefore = DateTimeOffset.MinValue;
        while (await look.WaitForNextTickAsync(cancel))
        {
            var now = time.GetUtcNow();
            if (now < notBefore || !schedule.Due(Taken(data), now, time.LocalTimeZone)) continue;
            try
            {
                // Only this loop makes them: a half of one is what an end without notice left.
                foreach (var part in Names(data).Where(n => n.StartsWith(SnapshotName.ByClock, StringComparison.Ordinal) && n.EndsWith(".part", StringComparison.Ordinal))) File.Delete(Path.Combine(OwnerFiles.Snapshots(data), part));
                var (file, outcome) = await plane.TakeSnapshot(SnapshotName.ByClock, cancel);
                if (file is null) throw new IOException(outcome.Fault!.Message);
                log.Info($"snapshot {file} at revision {outcome.Revision}");
                foreach (var old in schedule.Superfluous(Taken(data), now)) File.Delete(Path.Combine(OwnerFiles.Snapshots(data), old.ToString()));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                log.Error($"no snapshot by the clock: {e.Message}; tried again in {AfterFailure.TotalMinutes:F0} minutes");
                notBefore = now + AfterFailure;
            }
        }
    }

    /// <summary>The first one is due at once. Those from a future, of a clock that was wrong, don't count.</summary>
    public bool Due(IEnumerable<SnapshotName> taken, DateTimeOffset now, TimeZoneInfo zone)
    {
        var past = taken.Where(s => s.At <= now).Select(s => s.At).ToList();
        return past.Count == 0 || Times.Next(past.Max(), zone) <= now;
    }

    public IEnumerable<SnapshotName> Superfluous(IEnumerable<SnapshotName> taken, DateTimeOffset now) => taken.OrderByDescending(s => s.At > now ? default : s.At).Skip(Keep);

    private static List<SnapshotName> Taken(string data) => [.. Names(data).Select(SnapshotName.Parse).OfType<SnapshotName>().Where(s => s.By == SnapshotName.ByClock)];

    private static IEnumerable<string> Names(string data) => Directory.Exists(OwnerFiles.Snapshots(data)) ? Directory.EnumerateFiles(OwnerFiles.Snapshots(data)).Select(f => Path.GetFileName(f)) : [];
}
