using System.Globalization;
using System.Text;

namespace MiniKube.Machinery.Cel;

/// <summary>Go's durations: "1h30m", "-1.5s", "300ms".</summary>
public static class Durations
{
    private static readonly (string Unit, double Ticks)[] Units =
        [("ns", 0.01), ("us", 10), ("µs", 10), ("ms", 10_000), ("s", 1e7), ("m", 6e8), ("h", 3.6e10)];

    public static bool TryParse(string text, out TimeSpan span)
    {
        span = TimeSpan.Zero;
        var rest = text.AsSpan();
        var negative = rest.StartsWith("-");
        if (rest.Length > 0 && rest[0] is '-' or '+') rest = rest[1..];
        if (rest is "0") return true;
        if (rest.IsEmpty) return false;
        var ticks = 0.0;
        while (!rest.IsEmpty)
        {
            var end = 0;
            while (end < rest.Length && (char.IsAsciiDigit(rest[end]) || rest[end] == '.')) end++;
            if (end == 0 || !double.TryParse(rest[..end], NumberStyles.Float, CultureInfo.InvariantCulture, out var amount)) return false;
            rest = rest[end..];
            var unit = 0;
            while (unit < rest.Length && !char.IsAsciiDigit(rest[unit]) && rest[unit] != '.') unit++;
            var name = rest[..unit].ToString();
            var known = Array.Find(Units, u => u.Unit == name);
            if (known.Unit is null) return false;
            ticks += amount * known.Ticks;
            rest = rest[unit..];
        }
        if (ticks > TimeSpan.MaxValue.Ticks) return false;
        span = TimeSpan.FromTicks((long)(negative ? -ticks : ticks));
        return true;
    }

    /// <summary>As the language writes them: in seconds.</summary>
    public static string Show(TimeSpan span)
    {
        var text = new StringBuilder((span.Ticks / 1e7).ToString("0.#######", CultureInfo.InvariantCulture));
        return text.Append('s').ToString();
    }
}
