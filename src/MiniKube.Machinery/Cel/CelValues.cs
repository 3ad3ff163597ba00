using System.Globalization;
using System.Net;

namespace MiniKube.Machinery.Cel;

/// <summary>A failed evaluation travels as a value: || and &amp;&amp; may yet make it irrelevant.</summary>
public sealed record CelError(string Message);

/// <summary>A value that may be missing (optional.of, .?field).</summary>
public sealed record CelOptional(object? Value, bool HasValue)
{
    public static readonly CelOptional None = new(null, false);
    public static CelOptional Of(object? value) => new(value, true);
}

public sealed record CelType(string Name);

public sealed record CelCidr(IPAddress Address, int Bits);

/// <summary>An entry of a map while it is looked up by the language: keys are strings, numbers or booleans.</summary>
public sealed class CelMap(IEnumerable<KeyValuePair<object, object?>> entries)
{
    private readonly Dictionary<object, object?> byKey = new(entries.Select(e => new KeyValuePair<object, object?>(CelValues.KeyOf(e.Key), e.Value)), EqualityComparer<object>.Default);

    public int Count => byKey.Count;
    public IEnumerable<object> Keys => byKey.Keys;
    public bool TryGet(object key, out object? value) => byKey.TryGetValue(CelValues.KeyOf(key), out value);
}

/// <summary>What has members that are found by name: value.member.</summary>
public interface ICelFields
{
    bool TryGet(string name, out object? value);
}

/// <summary>An object of the API under its schema, read as the language asks for its members.</summary>
public sealed record CelObject(JsonMap Map, Schema? Schema) : ICelFields
{
    public bool TryGet(string name, out object? value)
    {
        var member = Map[name];
        value = member is null ? null : CelValues.FromJson(member, Schema?.Fields[name]?.Schema.Value ?? Schema?.Values?.Value);
        return member is not null;
    }
}

/// <summary>Values: null, bool, long, ulong, double, string, byte[], DateTimeOffset, TimeSpan, lists, maps and the libraries' own.</summary>
public static class CelValues
{
    public static object? FromJson(Json value, Schema? schema) => value switch
    {
        JsonText t => schema?.Type == SchemaType.IntOrString ? t.Value : FromText(t.Value, schema?.Format),
        JsonBool b => b.Value,
        JsonNumber n => schema?.Type == SchemaType.Number ? n.Real : n.IsWhole ? n.Whole : n.Real,
        JsonMap m => new CelObject(m, schema),
        JsonList l => l.Select(i => FromJson(i, schema?.Items?.Value)).ToArray(),
        _ => null,
    };

    private static object FromText(string text, string? format) => format switch
    {
        "date-time" or "date-time-micro" when Texts.TryTime(text, out var time) => time,
        "date" when DateTimeOffset.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var day) => day,
        "duration" when Durations.TryParse(text, out var span) => span,
        "byte" when Texts.Base64Fault(text) is null => Convert.FromBase64String(text),
        _ => text,
    };

    /// <summary>What a value is in an object; null for what can't be in one.</summary>
    public static Json? ToJson(object? value) => value switch
    {
        null => Json.Null,
        bool b => b,
        long n => n,
        ulong n => (long)n,
        double d => d,
        string or byte[] or DateTimeOffset or TimeSpan => value is byte[] bytes ? Convert.ToBase64String(bytes) : CelLibrary.Show(value),
        Quantity q => q.ToString(),
        CelObject o => o.Map.Clone(),
        CelMap m => MapToJson(m),
        object?[] list => ListToJson(list),
        _ => null,
    };

    private static JsonMap? MapToJson(CelMap map)
    {
        var result = new JsonMap();
        foreach (var key in map.Keys)
        {
            if (!map.TryGet(key, out var value) || ToJson(value) is not { } member) return null;
            result.Set(CelLibrary.Show(key), member);
        }
        return result;
    }

    private static JsonList? ListToJson(object?[] list)
    {
        var result = new JsonList();
        foreach (var value in list)
        {
            if (ToJson(value) is not { } item) return null;
            result.Add(item);
        }
        return result;
    }

    /// <summary>Numbers that are equal are the same key, whatever their type.</summary>
    internal static object KeyOf(object key) => key switch
    {
        ulong u when u <= long.MaxValue => (long)u,
        double d when d == Math.Floor(d) && Math.Abs(d) < 9e15 => (long)d,
        _ => key,
    };

    public static bool Same(object? a, object? b)
    {
        if (IsNumber(a) && IsNumber(b)) return Compare(a!, b!) == 0;
        return (a, b) switch
        {
            (null, null) => true,
            (null, _) or (_, null) => false,
            (byte[] x, byte[] y) => x.AsSpan().SequenceEqual(y),
            (object?[] x, object?[] y) => x.Length == y.Length && x.Zip(y).All(p => Same(p.First, p.Second)),
            (CelObject x, CelObject y) => x.Map.SameAs(y.Map),
            (CelMap x, CelMap y) => x.Count == y.Count && x.Keys.All(k => x.TryGet(k, out var v) && y.TryGet(k, out var w) && Same(v, w)),
            (CelObject x, CelMap y) => x.Map.Count == y.Count && x.Map.Keys.All(k => x.TryGet(k, out var v) && y.TryGet(k, out var w) && Same(v, w)),
            (CelMap x, CelObject y) => Same(y, x),
            (CelOptional x, CelOptional y) => x.HasValue == y.HasValue && (!x.HasValue || Same(x.Value, y.Value)),
            _ => a.Equals(b),
        };
    }

    public static bool IsNumber(object? value) => value is long or ulong or double;

    /// <summary>Order of two values of one kind; null when they have none.</summary>
    public static int? Compare(object a, object b) => (a, b) switch
    {
        (long x, long y) => x.CompareTo(y),
        (ulong x, ulong y) => x.CompareTo(y),
        (long x, ulong y) => x < 0 ? -1 : ((ulong)x).CompareTo(y),
        (ulong x, long y) => y < 0 ? 1 : x.CompareTo((ulong)y),
        (double x, double y) => double.IsNaN(x) || double.IsNaN(y) ? null : x.CompareTo(y),
        (double x, long y) => double.IsNaN(x) ? null : x.CompareTo(y),
        (long x, double y) => double.IsNaN(y) ? null : ((double)x).CompareTo(y),
        (double x, ulong y) => double.IsNaN(x) ? null : x.CompareTo(y),
        (ulong x, double y) => double.IsNaN(y) ? null : ((double)x).CompareTo(y),
        (string x, string y) => string.CompareOrdinal(x, y),
        (bool x, bool y) => x.CompareTo(y),
        (DateTimeOffset x, DateTimeOffset y) => x.CompareTo(y),
        (TimeSpan x, TimeSpan y) => x.CompareTo(y),
        (byte[] x, byte[] y) => x.AsSpan().SequenceCompareTo(y),
        _ => null,
    };

    public static string TypeName(object? value) => value switch
    {
        null => "null_type",
        bool => "bool",
        long => "int",
        ulong => "uint",
        double => "double",
        string => "string",
        byte[] => "bytes",
        DateTimeOffset => "google.protobuf.Timestamp",
        TimeSpan => "google.protobuf.Duration",
        object?[] => "list",
        CelMap or CelObject => "map",
        CelAccess { Verb: null } => "kubernetes.authorization.Authorizer",
        CelAccess => "kubernetes.authorization.Decision",
        CelType => "type",
        CelOptional => "optional_type",
        Quantity => "kubernetes.Quantity",
        IPAddress => "net.IP",
        CelCidr => "net.CIDR",
        Uri => "kubernetes.URL",
        _ => value.GetType().Name,
    };
}
