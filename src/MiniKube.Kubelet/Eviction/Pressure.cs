using MiniKube.Machinery;

namespace MiniKube.Kubelet.Eviction;

/// <summary>How much of a signal there is, and how much is left.</summary>
public readonly record struct Level(long Available, long Capacity);

/// <summary>A signal below its threshold, and that for long enough.</summary>
public sealed record Shortage(Signal Signal, Quantity Threshold, long Available)
{
    /// <summary>Whoever goes for it may take his time.</summary>
    public bool IsSoft { get; init; }
}

/// <summary>
/// Which thresholds are met, and which conditions follow: a condition outlasts its cause for a while, or pods would come back only to
/// be evicted again.
/// </summary>
public sealed record Pressure(IReadOnlyList<Shortage> Shortages, IReadOnlyDictionary<string, DateTimeOffset> LastSeen, DateTimeOffset Now, TimeSpan Transition)
{
    public static readonly Pressure None = new([], new Dictionary<string, DateTimeOffset>(), default, TimeSpan.Zero);

    /// <summary>Thresholds that are met, and since when; soft ones bring the condition at once and evictions later.</summary>
    public IReadOnlyDictionary<Threshold, DateTimeOffset> Met { get; init; } = new Dictionary<Threshold, DateTimeOffset>();

    public bool Of(string condition) => LastSeen.TryGetValue(condition, out var seen) && (Now - seen < Transition || Met.Keys.Any(t => t.Signal.Condition == condition));

    public IReadOnlyList<string> Conditions => [.. LastSeen.Keys.Where(Of).Order(StringComparer.Ordinal)];

    public Pressure Next(IReadOnlyDictionary<Signal, Level> levels, IReadOnlyList<Threshold> thresholds, TimeSpan transition, DateTimeOffset now)
    {
        var met = new Dictionary<Threshold, DateTimeOffset>();
        var shortages = new List<Shortage>();
        foreach (var signal in Signal.All)
        {
            // What the machine doesn't count can't run low.
            if (!levels.TryGetValue(signal, out var level) || level.Capacity <= 0) continue;
            foreach (var threshold in thresholds.Where(t => t.Signal == signal).OrderBy(t => t.Grace ?? TimeSpan.MinValue))
            {
                if (!threshold.IsMet(level, Met.ContainsKey(threshold))) continue;
                var since = met[threshold] = Met.TryGetValue(threshold, out var before) ? before : now;
                if (now - since >= (threshold.Grace ?? TimeSpan.Zero)) shortages.Add(new(signal, threshold.Of(level.Capacity), level.Available) { IsSoft = threshold.Grace is not null });
            }
        }
        var seen = LastSeen.ToDictionary();
        foreach (var threshold in met.Keys) seen[threshold.Signal.Condition] = now;
        return new(shortages, seen, now, transition) { Met = met };
    }
}
