using System.Globalization;

namespace MiniKube.Kubelet.Stats;

/// <summary>For how long processes had to wait for something scarce: shares of the last seconds in percent, and microseconds in all.</summary>
public sealed record Stall(double Last10, double Last60, double Last300, long Total)
{
    public static readonly Stall None = new(0, 0, 0, 0);
}

/// <summary>What the kernel says of one scarce thing: that some had to wait, and that nobody got on meanwhile.</summary>
public sealed record StallUse(Stall Some, Stall Full)
{
    /// <summary>From the text of a pressure file; null when there is none, or the kernel was told not to count.</summary>
    public static StallUse? Parse(string text)
    {
        var lines = text.Split('\n').Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(w => w is ["some" or "full", ..]).ToArray();
        return lines.Length == 0 ? null : new(Of(lines, "some"), Of(lines, "full"));
    }

    private static Stall Of(string[][] lines, string kind)
    {
        if (lines.FirstOrDefault(w => w[0] == kind) is not { } words) return Stall.None;
        var values = words[1..].Select(w => w.Split('=', 2)).Where(p => p.Length == 2).ToDictionary(p => p[0], p => p[1], StringComparer.Ordinal);
        double Share(string key) => double.TryParse(values.GetValueOrDefault(key), NumberStyles.Float, CultureInfo.InvariantCulture, out var share) ? share : 0;
        return new(Share("avg10"), Share("avg60"), Share("avg300"), long.TryParse(values.GetValueOrDefault("total"), NumberStyles.None, CultureInfo.InvariantCulture, out var total) ? total : 0);
    }
}

/// <summary>Where things are scarce for a group of processes.</summary>
public sealed record StallUses(StallUse? Cpu, StallUse? Memory, StallUse? Io)
{
    /// <summary>Null where nothing is counted: v1, or a kernel without.</summary>
    public static StallUses? Of(Func<string, string> text)
    {
        var (cpu, memory, io) = (StallUse.Parse(text("cpu")), StallUse.Parse(text("memory")), StallUse.Parse(text("io")));
        return cpu is null && memory is null && io is null ? null : new(cpu, memory, io);
    }
}
