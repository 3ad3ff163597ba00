using System.Threading.Channels;
using MiniKube.Kinds;
using MiniKube.Machinery;

namespace MiniKube.ControlLoop;

/// <summary>Where an event comes from, and in which of the two forms it is told.</summary>
public sealed record EventSource(string Component, string? Host = null)
{
    /// <summary>The newer form: eventTime and reportingComponent, no counts (what upstream's scheduler writes).</summary>
    public bool NewStyle { get; init; }
}

/// <summary>Writes Events in the background, in order, correlated. What can't be written soon is dropped: Events are best effort.</summary>
public sealed class EventRecorder(IApi api, EventSource source, TimeProvider time) : IEventSink
{
    private const int MostWaiting = 20_000;
    private const int MostAtOnce = 16;
    private static readonly ResourceRef Events = new("", "v1", "events");

    private readonly EventCorrelator correlator = new();
    private readonly Channel<Occurrence> waiting = Channel.CreateBounded<Occurrence>(
        new BoundedChannelOptions(MostWaiting) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true },
        _ => LoopMetrics.EventsDropped.Add(1));
    private long lastUnique;

    public void Emit(ObjectRef about, string type, string reason, string message) =>
        waiting.Writer.TryWrite(new(about, type, reason, message, null, time.GetUtcNow()));

    public void Emit(ObjectRef about, string type, string reason, string action, string message) =>
        waiting.Writer.TryWrite(new(about, type, reason, message, action, time.GetUtcNow()));

    public async Task Run(CancellationToken cancel)
    {
        try
        {
            // Several at a time, so that a burst isn't held up by the disk; those of one series in order.
            using var places = new SemaphoreSlim(MostAtOnce);
            await foreach (var occurrence in waiting.Reader.ReadAllAsync(cancel))
            {
                var (about, type, reason, message, _, at) = occurrence;
                if (correlator.Decide(source.Component, about, type, reason, message, at) is not EventDecision.Write { Series: var series } write)
                {
                    LoopMetrics.EventsDropped.Add(1);
                    continue;
                }
                await places.WaitAsync(cancel);
                var name = $"{about.Name}.{Unique(at):x}";
                series.Tail = Write(occurrence, series, write.Message, (series.Count, series.Last), name, series.Tail, places, cancel);
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
        }
    }

    private async Task Write(Occurrence occurrence, EventSeries series, string message, (int Count, DateTimeOffset Last) now, string name, Task before,
        SemaphoreSlim places, CancellationToken cancel)
    {
        try
        {
            await before;
            var ns = NamespaceOf(occurrence.About);
            if (series.Name is { } known)
            {
                var bump = JsonWriter.ToUtf8(Bump(now.Count, now.Last, message));
                if ((await api.Patch(Events, ns, known, PatchKind.Merge, bump, cancel: cancel)).Ok) return;
            }
            var made = await api.Create(Events, ns, JsonWriter.ToUtf8(Object(occurrence, name, series.First, now, message)), cancel: cancel);
            series.Name = made.Ok ? name : null;
            if (made.Ok) LoopMetrics.EventsWritten.Add(1);
        }
        catch (Exception e) when (e is IOException or HttpRequestException or OperationCanceledException)
        {
            series.Name = null;
            LoopMetrics.EventsDropped.Add(1);
        }
        finally
        {
            if (!cancel.IsCancellationRequested) places.Release();
        }
    }

    private JsonMap Bump(int count, DateTimeOffset last, string message) => source.NewStyle
        ? new() { { "series", new JsonMap { { "count", count }, { "lastObservedTime", KubeTime.Micros(last) } } } }
        : new() { { "count", count }, { "lastTimestamp", KubeTime.Seconds(last) }, { "message", message } };

    private JsonMap Object(Occurrence occurrence, string name, DateTimeOffset first, (int Count, DateTimeOffset Last) now, string message)
    {
        var (about, type, reason, _, action, at) = occurrence;
        var involved = new JsonMap { { "kind", about.Kind } };
        if (about.Namespace is not null) involved.Add("namespace", about.Namespace);
        involved.Add("name", about.Name);
        if (about.Uid is not null) involved.Add("uid", about.Uid);
        involved.Add("apiVersion", about.ApiVersion);
        if (about.ResourceVersion is not null) involved.Add("resourceVersion", about.ResourceVersion);
        if (about.FieldPath is not null) involved.Add("fieldPath", about.FieldPath);
        var made = new JsonMap
        {
            { "apiVersion", "v1" }, { "kind", "Event" },
            { "metadata", new JsonMap { { "name", name }, { "namespace", NamespaceOf(about) } } },
            { "involvedObject", involved }, { "reason", reason }, { "message", message },
        };
        if (source.NewStyle)
        {
            made.Add("source", new JsonMap());
            made.Add("firstTimestamp", Json.Null);
            made.Add("lastTimestamp", Json.Null);
            made.Add("type", type);
            made.Add("eventTime", KubeTime.Micros(at));
            made.Add("action", action ?? reason);
            made.Add("reportingComponent", source.Component);
            made.Add("reportingInstance", source.Host is null ? source.Component : $"{source.Component}-{source.Host}");
            return made;
        }
        var from = new JsonMap { { "component", source.Component } };
        if (source.Host is not null) from.Add("host", source.Host);
        made.Add("source", from);
        made.Add("firstTimestamp", KubeTime.Seconds(first));
        made.Add("lastTimestamp", KubeTime.Seconds(now.Last));
        made.Add("count", now.Count);
        made.Add("type", type);
        made.Add("eventTime", Json.Null);
        made.Add("reportingComponent", source.Component);
        made.Add("reportingInstance", source.Host ?? "");
        return made;
    }

    private static string NamespaceOf(ObjectRef about) => about.Namespace is { Length: > 0 } ns ? ns : "default";

    /// <summary>Nanoseconds since 1970, and never the same twice.</summary>
    private long Unique(DateTimeOffset at) => lastUnique = Math.Max(lastUnique + 1, (at - DateTimeOffset.UnixEpoch).Ticks * 100);

    private sealed record Occurrence(ObjectRef About, string Type, string Reason, string Message, string? Action, DateTimeOffset At);
}
