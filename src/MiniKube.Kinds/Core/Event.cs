namespace MiniKube.Kinds.Core;

[Doc("Something that happened to an object, kept for a while.")]
[Kind("", "v1", "events", Short = "ev")]
public sealed record Event : KubeObject
{
    public string? Action { get; init; }

    [OmitZero]
    public int? Count { get; init; }

    [Doc("When it happened.")]
    [MicroTime, Zero]
    public DateTimeOffset? EventTime { get; init; }

    [Doc("When it was first seen.")]
    [Zero]
    public DateTimeOffset? FirstTimestamp { get; init; }

    [Doc("What the event is about.")]
    [Required]
    public ObjectReference? InvolvedObject { get; init; }

    [Doc("When it was last seen.")]
    [Zero]
    public DateTimeOffset? LastTimestamp { get; init; }

    public string? Message { get; init; }
    public string? Reason { get; init; }

    [Doc("Another object that has to do with it.")]
    public ObjectReference? Related { get; init; }

    [Doc("Who reported it.")]
    [Zero]
    public string? ReportingComponent { get; init; }

    [Doc("Which instance reported it.")]
    [Zero]
    public string? ReportingInstance { get; init; }

    [Doc("How often it happened, if more than once.")]
    public EventSeries? Series { get; init; }

    [Zero]
    public EventSource? Source { get; init; }

    public string? Type { get; init; }
}

public sealed record EventSeries
{
    [OmitZero]
    public int? Count { get; init; }

    [MicroTime]
    public DateTimeOffset? LastObservedTime { get; init; }
}
