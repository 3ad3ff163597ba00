namespace MiniKube.Kinds.Core;

[Doc("Something that happened to an object, kept for a while.")]
[Kind("", "v1", "events", Short = "ev")]
public sealed record Event : KubeObject
{
    public string? Action { get; init; }

    [OmitZero]
    public int? Count { get; init; }

    [MicroTime, Zero]
    public DateTimeOffset? EventTime { get; init; }

    [Zero]
    public DateTimeOffset? FirstTimestamp { get; init; }

    [Required]
    public ObjectReference? InvolvedObject { get; init; }

    [Zero]
    public DateTimeOffset? LastTimestamp { get; init; }

    public string? Message { get; init; }
    public string? Reason { get; init; }
    public ObjectReference? Related { get; init; }

    [Zero]
    public string? ReportingComponent { get; init; }

    [Zero]
    public string? ReportingInstance { get; init; }

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
