namespace MiniKube.Server.Fairness;

/// <summary>What became of the requests of one level, by flow schema; under the names upstream gives the reasons.</summary>
internal sealed class FlowCounts
{
    public const string QueueFull = "queue-full";
    public const string NoSeat = "concurrency-limit";
    public const string TooLong = "time-out";
    public const string GoneAway = "cancelled";

    private readonly Dictionary<string, long> dispatched = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Schema, string Reason), long> rejected = [];

    public IEnumerable<(string Schema, long Count)> AllDispatched => dispatched.Select(d => (d.Key, d.Value));
    public IEnumerable<(string Schema, string Reason, long Count)> AllRejected => rejected.Select(r => (r.Key.Schema, r.Key.Reason, r.Value));

    public void Dispatched(string schema) => System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(dispatched, schema, out _)++;

    public void Rejected(string schema, string reason) => System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(rejected, (schema, reason), out _)++;

    public long RejectedFor(params ReadOnlySpan<string> reasons)
    {
        long sum = 0;
        foreach (var ((_, reason), count) in rejected)
            if (reasons.Contains(reason)) sum += count;
        return sum;
    }
}
