using System.Collections.Concurrent;

namespace MiniKube.Kubelet.Stats;

/// <summary>Processor time per second, from two looks at the same counter: nobody measures while nobody asks.</summary>
public sealed class CpuRates
{
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Forgotten = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<string, (DateTimeOffset At, long Nanos, long? Rate)> last = new(StringComparer.Ordinal);

    /// <summary>Billionths of a processor; null before there are two looks.</summary>
    public long? Of(string key, DateTimeOffset now, long nanos)
    {
        if (last.TryGetValue(key, out var before))
        {
            var passed = now - before.At;
            if (passed < Least && before.Rate is not null || passed <= TimeSpan.Zero) return before.Rate;
            // A counter that went back is another's: its container was made anew.
            long? rate = nanos < before.Nanos || passed > Forgotten ? null : (long)((nanos - before.Nanos) / passed.TotalSeconds);
            last[key] = (now, nanos, rate);
            return rate;
        }
        foreach (var (old, entry) in last)
            if (now - entry.At > Forgotten) last.TryRemove(old, out _);
        last[key] = (now, nanos, null);
        return null;
    }
}
