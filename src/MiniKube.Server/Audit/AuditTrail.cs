namespace MiniKube.Server.Audit;

/// <summary>What one request leaves in the audit log on its way.</summary>
public sealed class AuditTrail(AuditLog log, AuditPolicy.Decision decision, AuditRecord record)
{
    private AuditRecord record = record;

    /// <summary>What the server notes about the request while it handles it.</summary>
    public SortedDictionary<string, string> Annotations { get; } = new(StringComparer.Ordinal);

    public void Becomes(UserInfo other) => record = record with { Impersonated = other };

    public void Sent(ReadOnlyMemory<byte> body)
    {
        // Below that level nothing of the body is even held on to.
        if (record.Level >= AuditLevel.Request) record = record with { RequestBody = body };
    }

    public ValueTask Note(AuditStage stage, ApiResponse? response = null) =>
        log.Record(Annotations.Count == 0 ? record : record with { Annotations = [.. Annotations] }, stage, decision, response);
}
