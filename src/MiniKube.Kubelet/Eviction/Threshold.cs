using System.Globalization;
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

/// <summary>Below how much of a signal the node is under pressure: an amount, or a part of what there is.</summary>
public sealed record Threshold(Signal Signal, Quantity? Amount, double? Part)
{
    public static readonly IReadOnlyList<Threshold> Defaults =
    [
        new(Signal.Memory, Quantity.Parse("100Mi"), null), new(Signal.NodeDisk, null, 0.10), new(Signal.NodeInodes, null, 0.05),
        new(Signal.ImageDisk, null, 0.15), new(Signal.ImageInodes, null, 0.05),
    ];

    public Quantity Of(long capacity) => Amount ?? Quantity.Of((long)(capacity * Part!.Value), Quantity.Notation.BinarySuffix);

    /// <summary>"memory.available&lt;100Mi,nodefs.available&lt;10%", as upstream's flag is written.</summary>
    public static (IReadOnlyList<Threshold> Thresholds, string? Fault) Parse(string text)
    {
        var found = new List<Threshold>();
        foreach (var one in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (one.Split('<') is not [var name, var value]) return ([], $"{one}: must be SIGNAL<AMOUNT, such as memory.available<100Mi");
            if (Signal.All.FirstOrDefault(s => s.Name == name) is not { } signal) return ([], $"{name}: must be one of {string.Join(", ", Signal.All)}");
            if (found.Exists(t => t.Signal == signal)) return ([], $"{name}: is given twice");
            if (value.EndsWith('%'))
            {
                if (!double.TryParse(value[..^1], NumberStyles.Float, CultureInfo.InvariantCulture, out var percent) || percent is < 0 or > 100) return ([], $"{value}: must be a percentage from 0% to 100%");
                if (percent > 0) found.Add(new(signal, null, percent / 100));
            }
            else
            {
                if (!Quantity.TryParse(value, out var amount, out _) || amount.Sign < 0) return ([], $"{value}: must be an amount such as 100Mi, or a percentage");
                found.Add(new(signal, amount, null));
            }
        }
        return (found, null);
    }
}
