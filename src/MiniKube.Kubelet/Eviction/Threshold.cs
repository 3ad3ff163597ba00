using MiniKube.Machinery;

namespace MiniKube.Kubelet.Eviction;

/// <summary>What runs low: upstream's signals, the resource that messages name, and the condition the node reports.</summary>
public sealed record Signal(string Name, string Resource, string Condition)
{
    public static readonly Signal Memory = new("memory.available", "memory", "MemoryPressure");
    public static readonly Signal NodeDisk = new("nodefs.available", "ephemeral-storage", "DiskPressure");
    public static readonly Signal NodeInodes = new("nodefs.inodesFree", "inodes", "DiskPressure");
    public static readonly Signal ImageDisk = new("imagefs.available", "ephemeral-storage", "DiskPressure");
    public static readonly Signal ImageInodes = new("imagefs.inodesFree", "inodes", "DiskPressure");
    public static readonly Signal Pids = new("pid.available", "pids", "PIDPressure");

    /// <summary>In the order in which they are dealt with: memory can't wait.</summary>
    public static readonly IReadOnlyList<Signal> All = [Memory, NodeDisk, ImageDisk, NodeInodes, ImageInodes, Pids];

    public override string ToString() => Name;
}

/// <summary>Below how much of a signal the node is under pressure. A soft one gives the shortage time to pass, and pods time to end.</summary>
public sealed record Threshold(Signal Signal, Portion Least)
{
    public static readonly IReadOnlyList<Threshold> Defaults =
    [
        new(Signal.Memory, Quantity.Parse("100Mi"), null), new(Signal.NodeDisk, null, 0.10), new(Signal.NodeInodes, null, 0.05),
        new(Signal.ImageDisk, null, 0.15), new(Signal.ImageInodes, null, 0.05),
    ];

    public Threshold(Signal signal, Quantity? amount, double? part) : this(signal, new Portion(amount, part)) { }

    /// <summary>How long it may be short before somebody has to go; set for soft thresholds only.</summary>
    public TimeSpan? Grace { get; init; }

    /// <summary>How much more than the least there has to be before it is no longer short.</summary>
    public Portion? Reclaim { get; init; }

    public Quantity Of(long capacity) => Least.Of(capacity);

    /// <summary>Whether that is too little. Once it was, it takes more to be enough.</summary>
    public bool IsMet(Level level, bool before)
    {
        var least = Of(level.Capacity).Value + (before && Reclaim is not null ? Reclaim.Of(level.Capacity).Value : 0);
        return least > level.Available;
    }

    /// <summary>"memory.available&lt;100Mi,nodefs.available&lt;10%", as upstream's flag is written.</summary>
    public static (IReadOnlyList<Threshold> Thresholds, string? Fault) Parse(string text)
    {
        var (pairs, fault) = Pairs(text, '<', "SIGNAL<AMOUNT, such as memory.available<100Mi");
        var found = new List<Threshold>();
        foreach (var (signal, value) in pairs)
        {
            var (least, bad) = Portion.Parse(value);
            fault ??= bad;
            if (least is not null) found.Add(new(signal, least));
        }
        return fault is null ? (found, null) : ([], fault);
    }

    /// <summary>Hard and soft thresholds with what is said about them, "memory.available=1m30s" and "memory.available=100Mi".</summary>
    public static (IReadOnlyList<Threshold> Thresholds, string? Fault) Combine(IReadOnlyList<Threshold> hard, string soft, string graces, string reclaims, Func<string, TimeSpan?> duration)
    {
        var (softer, fault) = Parse(soft);
        var (times, noTimes) = Pairs(graces, '=', "SIGNAL=DURATION, such as memory.available=1m30s");
        var (amounts, noAmounts) = Pairs(reclaims, '=', "SIGNAL=AMOUNT, such as memory.available=100Mi");
        fault ??= noTimes ?? noAmounts;
        var all = new List<Threshold>();
        foreach (var threshold in hard.Concat(softer.Select(s => s with { Grace = TimeSpan.Zero })))
        {
            var whole = threshold;
            if (threshold.Grace is not null)
            {
                if (times.Find(t => t.Signal == threshold.Signal) is not { Value: { } time }) fault ??= $"{threshold.Signal}: a soft threshold needs a grace period";
                else if (duration(time) is { } grace) whole = whole with { Grace = grace };
                else fault ??= $"{time}: must be a duration such as 90s, 5m or 1h";
            }
            if (amounts.Find(a => a.Signal == threshold.Signal) is { Value: { } amount })
            {
                var (reclaim, bad) = Portion.Parse(amount);
                fault ??= bad;
                whole = whole with { Reclaim = reclaim };
            }
            all.Add(whole);
        }
        return fault is null ? (all, null) : (hard, fault);
    }

    private static (List<(Signal Signal, string Value)> Pairs, string? Fault) Pairs(string text, char between, string form)
    {
        var found = new List<(Signal Signal, string Value)>();
        foreach (var one in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (one.Split(between) is not [var name, var value]) return ([], $"{one}: must be {form}");
            if (Signal.All.FirstOrDefault(s => s.Name == name) is not { } signal) return ([], $"{name}: must be one of {string.Join(", ", Signal.All)}");
            if (found.Exists(t => t.Signal == signal)) return ([], $"{name}: is given twice");
            found.Add((signal, value));
        }
        return (found, null);
    }
}
