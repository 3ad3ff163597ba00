using MiniKube.Machinery;
using MiniKube.Store;

namespace MiniKube.Server.Bootstrap;

/// <summary>Events are news: an hour after they were last told they go.</summary>
internal static class EventExpiry
{
    private const string Events = "events";
    private const int AtOnce = 500;
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    public static async Task Run(ServerContext server, CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(Every, server.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancel)) await Sweep(server, cancel);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
        }
    }

    internal static async Task Sweep(ServerContext server, CancellationToken cancel)
    {
        var old = server.Now - server.Options.EventTtl;
        var expired = server.Store.Snapshot().List(Events).Where(e => LastTold(JsonReader.ReadMap(e.Value)) < old)
            .Select(e => (Change)new Change.Delete(e.Key, e.Revision)).ToList();
        // In small batches, so that nobody waits behind a large one; whatever changed meanwhile is not expired after all.
        foreach (var batch in expired.Chunk(AtOnce))
        {
            var outcome = await server.Store.WriteAsync(batch, cancel);
            if (outcome.Ok) continue;
            foreach (var change in batch) await server.Store.WriteAsync([change], cancel);
        }
    }

    private static DateTimeOffset LastTold(JsonMap entry) => new[]
    {
        Times.Read(entry["lastTimestamp"]), Times.Read(entry.Map("series")?["lastObservedTime"]), Times.Read(entry["eventTime"]),
        Times.Read(entry.Map("metadata")?["creationTimestamp"]),
    }.OfType<DateTimeOffset>().DefaultIfEmpty(DateTimeOffset.MaxValue).Max();
}
