namespace MiniKube.Machinery.Cel.Functions;

internal static class QuantityFunctions
{
    public static IEnumerable<(string, CelFunction)> All =>
    [
        ("quantity", a => a is [string s] ? Quantity.TryParse(s, out var q, out var why) ? q : new CelError(why) : CelLibrary.NotMine),
        ("isQuantity", a => a is [string s] ? Quantity.TryParse(s, out _, out _) : CelLibrary.NotMine),
        ("sign", a => a is [Quantity q] ? (long)q.Sign : CelLibrary.NotMine),
        ("isInteger", a => a is [Quantity q] ? q.IsWhole : CelLibrary.NotMine),
        ("asInteger", a => a is [Quantity q] ? q.IsWhole ? q.Value : new CelError("cannot convert value to integer") : CelLibrary.NotMine),
        ("asApproximateFloat", a => a is [Quantity q] ? q.ToDouble() : CelLibrary.NotMine),
        ("add", a => a switch { [Quantity x, Quantity y] => x + y, [Quantity x, long n] => x + Quantity.Of(n), _ => CelLibrary.NotMine }),
        ("sub", a => a switch { [Quantity x, Quantity y] => x - y, [Quantity x, long n] => x - Quantity.Of(n), _ => CelLibrary.NotMine }),
        ("isGreaterThan", a => a is [Quantity x, Quantity y] ? x > y : CelLibrary.NotMine),
        ("isLessThan", a => a is [Quantity x, Quantity y] ? x < y : CelLibrary.NotMine),
        ("compareTo", a => a is [Quantity x, Quantity y] ? (long)x.CompareTo(y) : CelLibrary.NotMine),
    ];
}
