using MiniKube.Machinery;

namespace MiniKube.Server.Audit;

/// <summary>What one request leaves in the audit log on its way.</summary>
public sealed class AuditTrail(AuditLog log, AuditPolicy.Decision decision, AuditRecord record)
{
    private AuditRecord record = record;

    /// <summary>What the server notes about the request while it handles it.</summary>
    public SortedDictionary<string, string> Annotations { get; } = new(StringComparer.Ordinal);

    public void Becomes(UserInfo other) => record = record with { Impersonated = other };

    public void Sent(ReadOnlyMemory<byte> body, string contentType)
    {
        // Below that level nothing of the body is even held on to.
        if (record.Level >= AuditLevel.Request) record = record with { RequestBody = body, RequestType = contentType };
    }

    /// <summary>The object that was sent: which it is, where the path doesn't say.</summary>
    public void Meant(JsonMap obj)
    {
        if (record.Meant is null && obj.Map("metadata") is { } metadata)
            record = record with { Meant = new(metadata.Text("namespace") ?? "", metadata.Text("name") ?? "", metadata.Text("uid") ?? "", metadata.Text("resourceVersion") ?? "") };
    }

    public ValueTask Note(AuditStage stage, ApiResponse? response = null) =>
        log.Record(Annotations.Count == 0 ? record : record with { Annotations = [.. Annotations] }, stage, decision, response);
}
