using System.Globalization;
using MiniKube.Kinds.Core;

namespace MiniKube.Scheduler;

/// <summary>Which tolerations stand which taints.</summary>
public static class Tolerations
{
    public static readonly Taint Unschedulable = new() { Key = "node.kubernetes.io/unschedulable", Effect = "NoSchedule" };

    public static bool Tolerates(IReadOnlyList<Toleration> tolerations, Taint taint)
    {
        foreach (var toleration in tolerations)
            if (Tolerates(toleration, taint)) return true;
        return false;
    }

    public static bool Tolerates(Toleration toleration, Taint taint)
    {
        if (toleration.Effect is { Length: > 0 } effect && effect != taint.Effect) return false;
        if (toleration.Key is { Length: > 0 } key && key != taint.Key) return false;
        return toleration.Operator switch
        {
            null or "" or "Equal" => (toleration.Value ?? "") == (taint.Value ?? ""),
            "Exists" => true,
            "Gt" => Compare(taint.Value, toleration.Value) > 0,
            "Lt" => Compare(taint.Value, toleration.Value) < 0,
            _ => false,
        };
    }

    private static int Compare(string? taint, string? toleration) =>
        long.TryParse(taint, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var a) &&
        long.TryParse(toleration, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var b)
            ? a.CompareTo(b)
            : 0;
}
