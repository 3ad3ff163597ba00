using System.Globalization;

namespace MiniKube.Kubectl;

/// <summary>Durations as Go reads and writes them: "1h30m", "1.5s", "300ms".</summary>
internal static class GoDuration
{
    private static readonly (string Unit, double Seconds)[] Units = [("ns", 1e-9), ("us", 1e-6), ("µs", 1e-6), ("ms", 1e-3), ("s", 1), ("m", 60), ("h", 3600)];

    public static TimeSpan? Parse(string text)
    {
        if (text is "0" or "-0" or "+0") return TimeSpan.Zero;
        var at = text.Length > 0 && text[0] is '+' or '-' ? 1 : 0;
        var negative = at == 1 && text[0] == '-';
        if (at == text.Length) return null;
        var seconds = 0.0;
        while (at < text.Length)
        {
            var start = at;
            while (at < text.Length && (char.IsAsciiDigit(text[at]) || text[at] == '.')) at++;
            if (!double.TryParse(text.AsSpan(start, at - start), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)) return null;
            var begin = at;
            while (at < text.Length && !char.IsAsciiDigit(text[at]) && text[at] != '.') at++;
            var unit = Units.FirstOrDefault(u => u.Unit == text[begin..at]);
            if (unit.Unit is null) return null;
            seconds += number * unit.Seconds;
        }
        return TimeSpan.FromSeconds(negative ? -seconds : seconds);
    }

    public static string Text(TimeSpan span)
    {
        if (span == TimeSpan.Zero) return "0s";
        if (span < TimeSpan.Zero) return "-" + Text(-span);
        if (span < TimeSpan.FromSeconds(1)) return span.TotalMilliseconds.ToString("0.######", CultureInfo.InvariantCulture) + "ms";
        var (hours, minutes) = ((long)span.TotalHours, span.Minutes);
        var seconds = (span.Seconds + span.Ticks % TimeSpan.TicksPerSecond / (double)TimeSpan.TicksPerSecond).ToString("0.#########", CultureInfo.InvariantCulture);
        return (hours > 0 ? $"{hours}h" : "") + (hours > 0 || minutes > 0 ? $"{minutes}m" : "") + seconds + "s";
    }
}
