using MiniKube.Machinery;

namespace MiniKube.Kubelet.Eviction;

/// <summary>How much of a signal there is, and how much is left.</summary>
public readonly record struct Level(long Available, long Capacity);

/// <summary>A signal below its threshold.</summary>
public sealed record Shortage(Signal Signal, Quantity Threshold, long Available);

/// <summary>Which thresholds are met, and which conditions follow: a condition outlasts its cause for a while, or pods would come back only to be evicted again.</summary>
public sealed record Pressure(IReadOnlyList<Shortage> Shortages, IReadOnlyDictionary<string, DateTimeOffset> LastSeen, DateTimeOffset Now, TimeSpan Transition)
{
    public static readonly Pressure None = new([], new Dictionary<string, DateTimeOffset>(), default, TimeSpan.Zero);

    public bool Of(string condition) => LastSeen.TryGetValue(condition, out var seen) && (Now - seen < Transition || Shortages.Any(s => s.Signal.Condition == condition));

    public IReadOnlyList<string> Conditions => [.. LastSeen.Keys.Where(Of).Order(StringComparer.Ordinal)];

    public Pressure Next(IReadOnlyDictionary<Signal, Level> levels, IReadOnlyList<Threshold> thresholds, TimeSpan transition, DateTimeOffset now)
    {
        var shortages = new List<Shortage>();
        foreach (var signal in Signal.All)
        {
            if (thresholds.FirstOrDefault(t => t.Signal == signal) is not { } threshold || !levels.TryGetValue(signal, out var level)) continue;
            // What the machine doesn't count can't run low.
            if (level.Capacity <= 0) continue;
            var least = threshold.Of(level.Capacity);
            if (least.Value > level.Available) shortages.Add(new(signal, least, level.Available));
        }
        var seen = LastSeen.ToDictionary();
        foreach (var shortage in shortages) seen[shortage.Signal.Condition] = now;
        return new(shortages, seen, now, transition);
    }
}
