using MiniKube.Kinds.Core;

namespace MiniKube.Kinds.Events;

[Doc("Something that happened to an object, kept for a while.")]
[Kind("events.k8s.io", "v1", "events", Short = "ev")]
public sealed record Event : KubeObject
{
    public string? Action { get; init; }

    [OmitZero]
    public int? DeprecatedCount { get; init; }

    public DateTimeOffset? DeprecatedFirstTimestamp { get; init; }
    public DateTimeOffset? DeprecatedLastTimestamp { get; init; }
    public EventSource? DeprecatedSource { get; init; }

    [Doc("When it happened.")]
    [MicroTime, Required, Zero]
    public DateTimeOffset? EventTime { get; init; }

    public string? Note { get; init; }
    public string? Reason { get; init; }

    [Doc("What the event is about.")]
    public ObjectReference? Regarding { get; init; }

    [Doc("Another object that has to do with it.")]
    public ObjectReference? Related { get; init; }

    [Doc("Who reported it.")]
    public string? ReportingController { get; init; }

    [Doc("Which instance reported it.")]
    [Zero]
    public string? ReportingInstance { get; init; }

    [Doc("How often it happened, if more than once.")]
    public EventSeries? Series { get; init; }

    public string? Type { get; init; }
}

public sealed record EventSeries
{
    [Required, OmitZero]
    public int? Count { get; init; }

    [MicroTime, Required]
    public DateTimeOffset? LastObservedTime { get; init; }
}
