namespace MiniKube.Machinery.Cel.Functions;

internal static class OptionalFunctions
{
    public static IEnumerable<(string, CelFunction)> All =>
    [
        ("optional.of", a => a is [var value] ? CelOptional.Of(value) : CelLibrary.NotMine),
        ("optional.none", a => a.Length == 0 ? CelOptional.None : CelLibrary.NotMine),
        ("optional.ofNonZeroValue", a => a is [var value] ? IsZero(value) ? CelOptional.None : CelOptional.Of(value) : CelLibrary.NotMine),
        ("hasValue", a => a is [CelOptional o] ? o.HasValue : CelLibrary.NotMine),
        ("value", a => a is [CelOptional o] ? o.HasValue ? o.Value : new CelError("optional.none() dereference") : CelLibrary.NotMine),
        ("or", a => a is [CelOptional o, CelOptional other] ? o.HasValue ? o : other : CelLibrary.NotMine),
        ("orValue", a => a is [CelOptional o, var other] ? o.HasValue ? o.Value : other : CelLibrary.NotMine),
    ];

    private static bool IsZero(object? value) => value switch
    {
        null or false or 0L or 0UL or 0.0 or "" => true,
        object?[] l => l.Length == 0,
        CelObject o => o.Map.Count == 0,
        CelMap m => m.Count == 0,
        _ => false,
    };
}
