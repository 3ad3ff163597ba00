using MiniKube.Machinery;

namespace MiniKube.Server.Audit;

/// <summary>One request as the audit log sees it; holds on to bytes that nobody changes and is only written out later.</summary>
public sealed record AuditRecord
{
    public required string Id { get; init; }
    public required AuditLevel Level { get; init; }
    public required RequestInfo Info { get; init; }
    public required string Uri { get; init; }
    public required UserInfo User { get; init; }
    public UserInfo? Impersonated { get; init; }
    public string Source { get; init; } = "";
    public string UserAgent { get; init; } = "";
    public required DateTimeOffset Received { get; init; }
    public ReadOnlyMemory<byte> RequestBody { get; init; }
    public string RequestType { get; init; } = "";
    public Identity? Meant { get; init; }

    /// <summary>What an object says of itself.</summary>
    public sealed record Identity(string Namespace, string Name, string Uid, string ResourceVersion);

    public IReadOnlyList<KeyValuePair<string, string>> Annotations { get; init; } = [];

    /// <summary>Who owns which field is left out of the objects.</summary>
    public bool OmitManagedFields { get; init; }

    public JsonMap ToEvent(AuditStage stage, DateTimeOffset at, ApiResponse? response)
    {
        var made = new JsonMap
        {
            { "kind", "Event" }, { "apiVersion", "audit.k8s.io/v1" }, { "level", Level.ToString() }, { "auditID", Id }, { "stage", stage.ToString() },
            { "requestURI", Uri }, { "verb", Info.Verb }, { "user", SelfSubjectReviews.Describe(User) },
        };
        if (Impersonated is not null) made.Add("impersonatedUser", SelfSubjectReviews.Describe(Impersonated));
        if (Source.Length > 0) made.Add("sourceIPs", JsonList.OfTexts([Source]));
        if (UserAgent.Length > 0) made.Add("userAgent", UserAgent);
        if (Info.IsResource) made.Add("objectRef", Target());
        if (response is not null) made.Add("responseStatus", Status(response));
        if (Level >= AuditLevel.Request && Body.Recorded(RequestType, RequestBody) is { } sent) made.Add("requestObject", Shown(sent));
        if (Level == AuditLevel.RequestResponse && stage == AuditStage.ResponseComplete && response is not null && Answered(response) is { } answered)
            made.Add("responseObject", Shown(answered));
        made.Add("requestReceivedTimestamp", Times.Micros(Received));
        made.Add("stageTimestamp", Times.Micros(at));
        if (Annotations.Count == 0) return made;
        var notes = new JsonMap();
        foreach (var (name, value) in Annotations) notes.Add(name, value);
        made.Add("annotations", notes);
        return made;
    }

    private Json Shown(Json obj)
    {
        if (!OmitManagedFields || obj is not JsonMap map) return obj;
        foreach (var one in (map.List("items") ?? []).Maps().Prepend(map)) one.Map("metadata")?.Remove("managedFields");
        return map;
    }

    private JsonMap Target()
    {
        var target = new JsonMap { { "resource", Info.Resource } };
        foreach (var (name, value) in new[] { ("namespace", Or(Info.Namespace, Meant?.Namespace)), ("name", Or(Info.Name, Meant?.Name)), ("uid", Meant?.Uid ?? ""), ("apiGroup", Info.Group), ("apiVersion", Info.Version),
            ("resourceVersion", Meant?.ResourceVersion ?? ""), ("subresource", Info.Subresource) })
            if (value.Length > 0) target.Add(name, value);
        return target;

        static string Or(string known, string? otherwise) => known.Length > 0 ? known : otherwise ?? "";
    }

    private static JsonMap Status(ApiResponse response)
    {
        var code = response switch { ApiResponse.Bytes bytes => bytes.Status, ApiResponse.Takeover => 101, _ => 200 };
        var status = new JsonMap { { "metadata", new JsonMap() } };
        if (code >= 400 && Answered(response) is JsonMap body)
            foreach (var member in new[] { "status", "message", "reason" })
                if (body.Text(member) is { } text) status.Add(member, text);
        status.Add("code", code);
        return status;
    }

    private static Json? Answered(ApiResponse response) => response switch
    {
        ApiResponse.Bytes { ContentType: "application/json" or "application/yaml" } bytes => Body.Recorded(bytes.ContentType, bytes.Content),
        ApiResponse.Listing list => Body.Recorded("", list.Parts().SelectMany(p => p.ToArray()).ToArray()),
        _ => null,
    };
}
