using System.Globalization;
using System.Text;

namespace MiniKube.Machinery.Cel.Functions;

/// <summary>What the language itself brings: sizes, conversions, tests of strings, parts of times.</summary>
internal static class StandardFunctions
{
    public static IEnumerable<(string, CelFunction)> All =>
    [
        ("size", a => a is [var one] ? Size(one) : CelLibrary.NotMine),
        ("contains", a => a is [string s, string part] ? s.Contains(part, StringComparison.Ordinal) : CelLibrary.NotMine),
        ("startsWith", a => a is [string s, string part] ? s.StartsWith(part, StringComparison.Ordinal) : CelLibrary.NotMine),
        ("endsWith", a => a is [string s, string part] ? s.EndsWith(part, StringComparison.Ordinal) : CelLibrary.NotMine),
        ("matches", a => a is [string s, string pattern] ? RegexFunctions.Run(pattern, r => r.IsMatch(s)) : CelLibrary.NotMine),
        ("int", a => a is [var one] ? ToInt(one) : CelLibrary.NotMine),
        ("uint", a => a is [var one] ? ToUint(one) : CelLibrary.NotMine),
        ("double", a => a is [var one] ? ToDouble(one) : CelLibrary.NotMine),
        ("string", a => a is [string or bool or long or ulong or double or byte[] or DateTimeOffset or TimeSpan or Quantity or System.Net.IPAddress or CelCidr]
            ? StringOf(a[0]) : CelLibrary.NotMine),
        ("bool", a => a switch
        {
            [bool b] => b,
            ["true" or "True" or "TRUE" or "t" or "1"] => true,
            ["false" or "False" or "FALSE" or "f" or "0"] => false,
            [string s] => new CelError($"Type conversion error: cannot convert '{s}' to bool"),
            _ => CelLibrary.NotMine,
        }),
        ("bytes", a => a switch { [string s] => Encoding.UTF8.GetBytes(s), [byte[] b] => b, _ => CelLibrary.NotMine }),
        ("duration", a => a switch
        {
            [TimeSpan d] => d,
            [string s] => Durations.TryParse(s, out var d) ? d : new CelError($"time: invalid duration \"{s}\""),
            _ => CelLibrary.NotMine,
        }),
        ("timestamp", a => a switch
        {
            [DateTimeOffset t] => t,
            [long seconds] => DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(seconds, -62135596800, 253402300799)),
            [string s] => Texts.TryTime(s, out var t) ? t : new CelError($"parsing time \"{s}\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"{s}\" as \"2006\""),
            _ => CelLibrary.NotMine,
        }),
        ("type", a => a is [var one] ? new CelType(CelValues.TypeName(one)) : CelLibrary.NotMine),
        ("dyn", a => a is [var one] ? one : CelLibrary.NotMine),
        ("getFullYear", At(t => t.Year)), ("getMonth", At(t => t.Month - 1)), ("getDayOfYear", At(t => t.DayOfYear - 1)),
        ("getDayOfMonth", At(t => t.Day - 1)), ("getDate", At(t => t.Day)), ("getDayOfWeek", At(t => (int)t.DayOfWeek)),
        ("getHours", At(t => t.Hour)), ("getMinutes", At(t => t.Minute)), ("getSeconds", At(t => t.Second)), ("getMilliseconds", At(t => t.Millisecond)),
        ("getHours", Of(d => (long)d.TotalHours)), ("getMinutes", Of(d => (long)d.TotalMinutes)), ("getSeconds", Of(d => (long)d.TotalSeconds)),
        ("getMilliseconds", Of(d => d.Milliseconds)),
    ];

    private static CelFunction At(Func<DateTimeOffset, int> part) => a => a switch
    {
        [DateTimeOffset t] => (long)part(t.ToUniversalTime()),
        [DateTimeOffset t, string zone] => InZone(t, zone) is { } local ? (long)part(local) : new CelError($"unknown time zone {zone}"),
        _ => CelLibrary.NotMine,
    };

    private static CelFunction Of(Func<TimeSpan, long> part) => a => a is [TimeSpan d] ? part(d) : CelLibrary.NotMine;

    private static DateTimeOffset? InZone(DateTimeOffset time, string zone)
    {
        if (zone.Length is 5 or 6 && zone.Contains(':') && TimeSpan.TryParse(zone.TrimStart('+', '-'), CultureInfo.InvariantCulture, out var offset))
            return time.ToOffset(zone[0] == '-' ? -offset : offset);
        return TimeZoneInfo.TryFindSystemTimeZoneById(zone, out var known) ? TimeZoneInfo.ConvertTime(time, known) : null;
    }

    private static object Size(object? value) => value switch
    {
        string s => (long)s.EnumerateRunes().Count(),
        byte[] b => (long)b.Length,
        object?[] l => (long)l.Length,
        CelObject o => (long)o.Map.Count,
        CelMap m => (long)m.Count,
        _ => CelLibrary.NotMine,
    };

    private static object ToInt(object? value) => value switch
    {
        long n => n,
        ulong u => u <= long.MaxValue ? (long)u : new CelError("integer overflow"),
        double d => d is > -9.2233720368547758e18 and < 9.2233720368547758e18 ? (long)d : new CelError("integer overflow"),
        string s => long.TryParse(s, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var n)
            ? n : new CelError($"strconv.ParseInt: parsing \"{s}\": invalid syntax"),
        DateTimeOffset t => t.ToUnixTimeSeconds(),
        TimeSpan d => (long)d.TotalSeconds,
        _ => CelLibrary.NotMine,
    };

    private static object ToUint(object? value) => value switch
    {
        ulong u => u,
        long n => n >= 0 ? (ulong)n : new CelError("unsigned integer overflow"),
        double d => d is >= 0 and < 1.8446744073709552e19 ? (ulong)d : new CelError("unsigned integer overflow"),
        string s => ulong.TryParse(s, NumberStyles.None, CultureInfo.InvariantCulture, out var u)
            ? u : new CelError($"strconv.ParseUint: parsing \"{s}\": invalid syntax"),
        _ => CelLibrary.NotMine,
    };

    private static object ToDouble(object? value) => value switch
    {
        double d => d,
        long n => (double)n,
        ulong u => (double)u,
        string s => double.TryParse(s, NumberStyles.Float, CultureInfo.InvariantCulture, out var d)
            ? d : new CelError($"strconv.ParseFloat: parsing \"{s}\": invalid syntax"),
        _ => CelLibrary.NotMine,
    };

    private static object StringOf(object? value) => value is CelCidr c ? $"{c.Address}/{c.Bits}" : CelLibrary.Show(value);
}
