using System.Globalization;

namespace MiniKube.Kinds.Batch;

/// <summary>What is wrong with a cron schedule, in the words of the parser that upstream uses.</summary>
public static class CronSchedule
{
    private static readonly (string Name, int Least, int Most, string[] Names)[] Fields =
    [
        ("minute", 0, 59, []),
        ("hour", 0, 23, []),
        ("day", 1, 31, []),
        ("month", 1, 12, ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]),
        ("weekday", 0, 6, ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
    ];

    private static readonly string[] Descriptors = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];

    /// <summary>Null when the schedule is right.</summary>
    public static string? Fault(string schedule)
    {
        if (schedule.Length == 0) return "empty spec string";
        if (schedule.StartsWith("TZ=", StringComparison.Ordinal) || schedule.StartsWith("CRON_TZ=", StringComparison.Ordinal))
        {
            var space = schedule.IndexOf(' ');
            if (space < 0) return $"provided bad location {schedule[(schedule.IndexOf('=') + 1)..]}";
            schedule = schedule[space..].Trim();
        }
        if (schedule.StartsWith('@')) return Descriptor(schedule);
        var parts = schedule.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length != 5) return $"expected exactly 5 fields, found {parts.Length}: [{string.Join(' ', parts)}]";
        for (var i = 0; i < 5; i++)
            foreach (var part in parts[i].Split(',', StringSplitOptions.RemoveEmptyEntries))
                if (Part(part, Fields[i]) is { } fault) return fault;
        return null;
    }

    private static string? Descriptor(string text)
    {
        if (Descriptors.Contains(text)) return null;
        if (!text.StartsWith("@every ", StringComparison.Ordinal)) return $"unrecognized descriptor: {text}";
        var duration = text["@every ".Length..];
        return Machinery.Formats.Fits("duration", duration) ? null : $"failed to parse duration {text}: time: invalid duration \"{duration}\"";
    }

    private static string? Part(string text, (string Name, int Least, int Most, string[] Names) field)
    {
        var steps = text.Split('/');
        if (steps.Length > 2) return $"too many slashes: {text}";
        var range = steps[0].Split('-');
        if (range.Length > 2) return $"too many hyphens: {text}";
        int start, end;
        if (range[0] is "*" or "?")
        {
            (start, end) = (field.Least, field.Most);
        }
        else
        {
            if (Number(range[0], field.Names, out start) is { } fault) return fault;
            end = start;
            if (range.Length == 2 && Number(range[1], field.Names, out end) is { } second) return second;
        }
        var step = 1;
        if (steps.Length == 2)
        {
            if (Number(steps[1], [], out step) is { } fault) return fault;
            if (range.Length == 1) end = field.Most;
        }
        if (start < field.Least) return $"beginning of range ({start}) below minimum ({field.Least}): {text}";
        if (end > field.Most) return $"end of range ({end}) above maximum ({field.Most}): {text}";
        if (start > end) return $"beginning of range ({start}) beyond end of range ({end}): {text}";
        return step == 0 ? $"step of range should be a positive number: {text}" : null;
    }

    private static string? Number(string text, string[] names, out int number)
    {
        number = Array.IndexOf(names, text.ToLowerInvariant());
        if (number >= 0)
        {
            if (names.Length == 12) number++;
            return null;
        }
        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number))
            return $"failed to parse int from {text}: strconv.Atoi: parsing \"{text}\": invalid syntax";
        return number < 0 ? $"negative number ({number}) not allowed: {text}" : null;
    }
}
