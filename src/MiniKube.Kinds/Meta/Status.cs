using System.Text.Json.Serialization;

namespace MiniKube.Kinds.Meta;

public sealed record Status
{
    public string? ApiVersion { get; init; }

    [OmitZero]
    public int? Code { get; init; }

    public StatusDetails? Details { get; init; }
    public string? Kind { get; init; }
    public string? Message { get; init; }
    public ListMeta? Metadata { get; init; }
    public string? Reason { get; init; }

    [Doc("The observed state, written by the system.")]
    [JsonPropertyName("status"), Zero]
    public string? Outcome { get; init; }
}

public sealed record StatusDetails
{
    public IReadOnlyList<StatusCause>? Causes { get; init; }
    public string? Group { get; init; }
    public string? Kind { get; init; }
    public string? Name { get; init; }

    [OmitZero]
    public int? RetryAfterSeconds { get; init; }

    public string? Uid { get; init; }
}

public sealed record StatusCause
{
    public string? Field { get; init; }
    public string? Message { get; init; }
    public string? Reason { get; init; }
}
