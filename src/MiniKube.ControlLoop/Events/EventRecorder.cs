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
    private const int MostWaiting = 5000;
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
            await foreach (var occurrence in waiting.Reader.ReadAllAsync(cancel)) await Write(occurrence, cancel);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
        }
    }

    private async Task Write(Occurrence occurrence, CancellationToken cancel)
    {
        var (about, type, reason, message, _, at) = occurrence;
        if (correlator.Decide(source.Component, about, type, reason, message, at) is not EventDecision.Write { Series: var series } write)
        {
            LoopMetrics.EventsDropped.Add(1);
            return;
        }
        try
        {
            if (series.Name is { } name)
            {
                var bump = JsonWriter.ToUtf8(Bump(series, write.Message));
                if ((await api.Patch(Events, NamespaceOf(about), name, PatchKind.Merge, bump, cancel: cancel)).Ok) return;
            }
            series.Name = $"{about.Name}.{Unique(at):x}";
            var made = await api.Create(Events, NamespaceOf(about), JsonWriter.ToUtf8(Object(occurrence, series, write.Message)), cancel: cancel);
            if (made.Ok) LoopMetrics.EventsWritten.Add(1);
            else series.Name = null;
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            series.Name = null;
            LoopMetrics.EventsDropped.Add(1);
        }
    }

    private JsonMap Bump(EventSeries series, string message) => source.NewStyle
        ? new() { { "series", new JsonMap { { "count", series.Count }, { "lastObservedTime", KubeTime.Micros(series.Last) } } } }
        : new() { { "count", series.Count }, { "lastTimestamp", KubeTime.Seconds(series.Last) }, { "message", message } };

    private JsonMap Object(Occurrence occurrence, EventSeries series, string message)
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
            { "metadata", new JsonMap { { "name", series.Name! }, { "namespace", NamespaceOf(about) } } },
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
        made.Add("firstTimestamp", KubeTime.Seconds(series.First));
        made.Add("lastTimestamp", KubeTime.Seconds(series.Last));
        made.Add("count", series.Count);
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
