using System.Globalization;

namespace MiniKube.Controllers;

/// <summary>
/// A schedule of five fields, a name like "@daily" or an interval "@every 1h30m". Times are found by walking the calendar of a time
/// zone: a wall clock time that daylight saving skips does not happen, one that it repeats happens once; unless the schedule is for any
/// hour, which an hour that comes twice is both times.
/// </summary>
public sealed class CronSchedule
{
    private const ulong AnyHour = (1UL << 24) - 1;

    private static readonly string[] Months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    private static readonly string[] Days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

    private readonly ulong minutes, hours, daysOfMonth, months, daysOfWeek;
    private readonly bool anyDayOfMonth, anyDayOfWeek;
    private readonly TimeSpan? every;

    private CronSchedule(TimeSpan every) => this.every = every;

    private CronSchedule(string[] fields)
    {
        minutes = Field(fields[0], 0, 59, []);
        hours = Field(fields[1], 0, 23, []);
        daysOfMonth = Field(fields[2], 1, 31, []);
        months = Field(fields[3], 1, 12, Months);
        daysOfWeek = Field(fields[4], 0, 7, Days);
        if ((daysOfWeek & 1UL << 7) != 0) daysOfWeek |= 1;
        anyDayOfMonth = fields[2].StartsWith('*') || fields[2].StartsWith('?');
        anyDayOfWeek = fields[4].StartsWith('*') || fields[4].StartsWith('?');
    }

    /// <summary>Null with the reason when the text is no schedule.</summary>
    public static CronSchedule? Parse(string text, out string? fault)
    {
        fault = null;
        try
        {
            var plain = text.Trim().ToLowerInvariant() switch
            {
                "@yearly" or "@annually" => "0 0 1 1 *",
                "@monthly" => "0 0 1 * *",
                "@weekly" => "0 0 * * 0",
                "@daily" or "@midnight" => "0 0 * * *",
                "@hourly" => "0 * * * *",
                _ => text.Trim(),
            };
            if (plain.StartsWith("@every ", StringComparison.OrdinalIgnoreCase)) return new(Duration(plain[7..]));
            var fields = plain.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length != 5) throw new FormatException($"expected exactly 5 fields, found {fields.Length}: [{string.Join(" ", fields)}]");
            return new(fields);
        }
        catch (FormatException e)
        {
            fault = e.Message;
            return null;
        }
    }

    /// <summary>The first time after a moment, or null when there is none within five years.</summary>
    public DateTimeOffset? Next(DateTimeOffset after, TimeZoneInfo zone)
    {
        if (every is { } interval) return new DateTimeOffset(after.Ticks - after.Ticks % TimeSpan.TicksPerSecond, after.Offset) + interval;
        if (hours == AnyHour) return NextOfAnyHour(after, zone);
        var local = TimeZoneInfo.ConvertTime(after, zone).DateTime;
        var at = new DateTime(local.Year, local.Month, local.Day, local.Hour, local.Minute, 0).AddMinutes(1);
        var end = at.AddYears(5);
        while (at < end)
        {
            if (!Has(months, at.Month)) at = new DateTime(at.Year, at.Month, 1).AddMonths(1);
            else if (!DayFits(at)) at = at.Date.AddDays(1);
            else if (!Has(hours, at.Hour)) at = at.Date.AddHours(at.Hour + 1);
            else if (!Has(minutes, at.Minute)) at = at.AddMinutes(1);
            else if (zone.IsInvalidTime(at)) at = at.AddMinutes(1);
            else
            {
                var found = new DateTimeOffset(at, zone.IsAmbiguousTime(at) ? zone.GetAmbiguousTimeOffsets(at).Max() : zone.GetUtcOffset(at));
                if (found > after) return found.ToUniversalTime();
                at = at.AddMinutes(1);
            }
        }
        return null;
    }

    private DateTimeOffset? NextOfAnyHour(DateTimeOffset after, TimeZoneInfo zone)
    {
        var start = after.ToUniversalTime();
        var at = new DateTimeOffset(start.Ticks - start.Ticks % TimeSpan.TicksPerMinute, TimeSpan.Zero).AddMinutes(1);
        for (var end = at.AddYears(5); at < end;)
        {
            var local = TimeZoneInfo.ConvertTime(at, zone).DateTime;
            // Days begin at a quarter of an hour, wherever one lives.
            if (!Has(months, local.Month) || !DayFits(local)) at = at.AddMinutes(15 - at.Minute % 15);
            else if (!Has(minutes, local.Minute)) at = at.AddMinutes(1);
            else return at;
        }
        return null;
    }

    // Where both days are restricted, either will do.
    private bool DayFits(DateTime at)
    {
        var ofMonth = Has(daysOfMonth, at.Day);
        var ofWeek = Has(daysOfWeek, (int)at.DayOfWeek);
        return anyDayOfMonth || anyDayOfWeek ? ofMonth && ofWeek : ofMonth || ofWeek;
    }

    private static bool Has(ulong set, int value) => (set & 1UL << value) != 0;

    private static ulong Field(string text, int least, int most, string[] names)
    {
        ulong set = 0;
        foreach (var part in text.Split(','))
        {
            var pieces = part.Split('/');
            if (pieces.Length > 2) throw new FormatException($"too many slashes: {part}");
            int first, last;
            if (pieces[0] is "*" or "?") (first, last) = (least, most == 7 ? 6 : most);
            else
            {
                var ends = pieces[0].Split('-');
                if (ends.Length > 2) throw new FormatException($"too many hyphens: {part}");
                first = Number(ends[0], names, least);
                last = ends.Length == 2 ? Number(ends[1], names, least) : pieces.Length == 2 ? most : first;
            }
            var step = pieces.Length == 2 ? Number(pieces[1], [], 0) : 1;
            if (step == 0) throw new FormatException($"step of range should be a positive number: {part}");
            if (first < least) throw new FormatException($"beginning of range ({first}) below minimum ({least}): {part}");
            if (last > most) throw new FormatException($"end of range ({last}) above maximum ({most}): {part}");
            if (first > last) throw new FormatException($"beginning of range ({first}) beyond end of range ({last}): {part}");
            for (var i = first; i <= last; i += step) set |= 1UL << i;
        }
        return set;
    }

    private static int Number(string text, string[] names, int least)
    {
        var named = Array.FindIndex(names, n => string.Equals(n, text, StringComparison.OrdinalIgnoreCase));
        if (named >= 0) return named + least;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new FormatException($"failed to parse int from {text}");
    }

    private static TimeSpan Duration(string text)
    {
        var total = TimeSpan.Zero;
        var digits = "";
        foreach (var c in text.Trim())
        {
            if (char.IsAsciiDigit(c) || c == '.')
            {
                digits += c;
                continue;
            }
            if (!double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out var amount))
                throw new FormatException($"failed to parse duration @every {text}");
            digits = "";
            total += c switch
            {
                'h' => TimeSpan.FromHours(amount),
                'm' => TimeSpan.FromMinutes(amount),
                's' => TimeSpan.FromSeconds(amount),
                _ => throw new FormatException($"failed to parse duration @every {text}"),
            };
        }
        return total >= TimeSpan.FromSeconds(1) ? total : throw new FormatException($"failed to parse duration @every {text}");
    }
}
