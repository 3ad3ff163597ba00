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

    [MicroTime, Required, Zero]
    public DateTimeOffset? EventTime { get; init; }

    public string? Note { get; init; }
    public string? Reason { get; init; }
    public ObjectReference? Regarding { get; init; }
    public ObjectReference? Related { get; init; }
    public string? ReportingController { get; init; }

    [Zero]
    public string? ReportingInstance { get; init; }

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
