namespace MiniKube.ControlLoop;

/// <summary>What is to be written for an occurrence: a new Event, or one more of a known one.</summary>
public abstract record EventDecision
{
    private EventDecision() { }

    public sealed record Drop : EventDecision;

    public sealed record Write(EventSeries Series, string Message) : EventDecision;
}

/// <summary>One Event object that stands for equal occurrences. Changed by the recorder only.</summary>
public sealed class EventSeries
{
    public string? Name { get; set; }
    public int Count { get; set; }
    public DateTimeOffset First { get; set; }
    public DateTimeOffset Last { get; set; }

    /// <summary>The write of this series that is under way.</summary>
    public Task Tail { get; set; } = Task.CompletedTask;
}

/// <summary>
/// Keeps Events from flooding the store, with upstream's numbers: more than ten similar ones within ten minutes become
/// one; equal ones become a count; per source and object 25 at once and then one in five minutes.
/// </summary>
public sealed class EventCorrelator
{
    private const int SimilarBeforeCombining = 10;
    private const int Burst = 25;
    private const int MostRemembered = 4096;
    private static readonly TimeSpan SimilarWithin = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan RefillEvery = TimeSpan.FromMinutes(5);

    private readonly Dictionary<string, (HashSet<string> Messages, DateTimeOffset Last)> similar = [];
    private readonly Dictionary<string, EventSeries> known = [];
    private readonly Dictionary<string, (double Tokens, DateTimeOffset At)> buckets = [];

    public EventDecision Decide(string source, ObjectRef about, string type, string reason, string message, DateTimeOffset now)
    {
        Trim(now);
        var who = $"{source}|{about.Kind}|{about.Namespace}|{about.Name}|{about.Uid}|{about.ApiVersion}|{about.FieldPath}";
        if (!TakeToken(who, now)) return new EventDecision.Drop();

        var group = $"{who}|{type}|{reason}";
        if (!similar.TryGetValue(group, out var seen) || now - seen.Last > SimilarWithin) seen = ([], now);
        seen.Messages.Add(message);
        similar[group] = (seen.Messages, now);

        var combined = seen.Messages.Count >= SimilarBeforeCombining;
        var text = combined ? $"(combined from similar events): {message}" : message;
        var identity = combined ? group : $"{group}|{message}";
        if (combined) seen.Messages.Remove(seen.Messages.First());

        if (!known.TryGetValue(identity, out var series)) known[identity] = series = new() { First = now };
        series.Count++;
        series.Last = now;
        return new EventDecision.Write(series, text);
    }

    private bool TakeToken(string who, DateTimeOffset now)
    {
        var (tokens, at) = buckets.GetValueOrDefault(who, (Burst, now));
        tokens = Math.Min(Burst, tokens + (now - at) / RefillEvery);
        if (tokens < 1)
        {
            buckets[who] = (tokens, now);
            return false;
        }
        buckets[who] = (tokens - 1, now);
        return true;
    }

    private void Trim(DateTimeOffset now)
    {
        if (buckets.Count > MostRemembered) Oldest(buckets, b => b.At);
        if (similar.Count > MostRemembered) Oldest(similar, s => s.Last);
        if (known.Count > MostRemembered) Oldest(known, s => s.Last);
    }

    private static void Oldest<TValue>(Dictionary<string, TValue> all, Func<TValue, DateTimeOffset> last)
    {
        foreach (var key in all.OrderBy(p => last(p.Value)).Take(all.Count / 2).Select(p => p.Key).ToArray()) all.Remove(key);
    }
}
