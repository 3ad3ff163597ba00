namespace MiniKube.Machinery.Cel.Functions;

/// <summary>Kubernetes' list functions and the sets extension.</summary>
internal static class ListFunctions
{
    public static IEnumerable<(string, CelFunction)> All =>
    [
        ("isSorted", a => a is [object?[] l] ? IsSorted(l) : CelLibrary.NotMine),
        ("sum", a => a is [object?[] l] ? Sum(l) : CelLibrary.NotMine),
        ("min", a => a is [object?[] l] ? Extreme(l, -1) : CelLibrary.NotMine),
        ("max", a => a is [object?[] l] ? Extreme(l, 1) : CelLibrary.NotMine),
        ("indexOf", a => a is [object?[] l, var item] ? (long)Array.FindIndex(l, i => CelValues.Same(i, item)) : CelLibrary.NotMine),
        ("lastIndexOf", a => a is [object?[] l, var item] ? (long)Array.FindLastIndex(l, i => CelValues.Same(i, item)) : CelLibrary.NotMine),
        ("sets.contains", a => a is [object?[] l, object?[] part] ? part.All(p => Has(l, p)) : CelLibrary.NotMine),
        ("sets.equivalent", a => a is [object?[] l, object?[] other] ? l.All(i => Has(other, i)) && other.All(i => Has(l, i)) : CelLibrary.NotMine),
        ("sets.intersects", a => a is [object?[] l, object?[] other] ? l.Any(i => Has(other, i)) : CelLibrary.NotMine),
    ];

    private static bool Has(object?[] list, object? item) => list.Any(i => CelValues.Same(i, item));

    private static object IsSorted(object?[] list)
    {
        for (var i = 1; i < list.Length; i++)
        {
            if (list[i - 1] is not { } a || list[i] is not { } b || CelValues.Compare(a, b) is not { } order) return CelLibrary.NotMine;
            if (order > 0) return false;
        }
        return true;
    }

    private static object Sum(object?[] list)
    {
        if (list.Length == 0) return 0L;
        if (list.All(i => i is long)) return list.Cast<long>().Aggregate(0L, (a, b) => unchecked(a + b));
        if (list.All(i => i is ulong)) return list.Cast<ulong>().Aggregate(0UL, (a, b) => unchecked(a + b));
        if (list.All(i => i is TimeSpan)) return list.Cast<TimeSpan>().Aggregate(TimeSpan.Zero, (a, b) => a + b);
        return list.All(CelValues.IsNumber) ? list.Sum(i => Convert.ToDouble(i, null)) : CelLibrary.NotMine;
    }

    private static object? Extreme(object?[] list, int direction)
    {
        if (list.Length == 0) return new CelError(direction < 0 ? "min called on empty list" : "max called on empty list");
        var best = list[0];
        foreach (var item in list.Skip(1))
        {
            if (best is null || item is null || CelValues.Compare(item, best) is not { } order) return CelLibrary.NotMine;
            if (order * direction > 0) best = item;
        }
        return best;
    }
}
