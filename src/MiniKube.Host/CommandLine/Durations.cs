using System.Globalization;

namespace MiniKube.Host;

/// <summary>"90s", "5m", "1h30m": numbers with units, as everywhere in Kubernetes.</summary>
internal static class Durations
{
    public static TimeSpan? Parse(string text)
    {
        if (text == "0") return TimeSpan.Zero;
        var (total, number) = (TimeSpan.Zero, "");
        foreach (var c in text)
        {
            if (char.IsAsciiDigit(c))
            {
                number += c;
                continue;
            }
            if (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var amount) || c is not ('h' or 'm' or 's')) return null;
            total += c switch { 'h' => TimeSpan.FromHours(amount), 'm' => TimeSpan.FromMinutes(amount), _ => TimeSpan.FromSeconds(amount) };
            number = "";
        }
        return number.Length > 0 || text.Length == 0 ? null : total;
    }
}
