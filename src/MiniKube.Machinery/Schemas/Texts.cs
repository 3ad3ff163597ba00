using System.Globalization;

namespace MiniKube.Machinery;

/// <summary>Texts with a format: checked and written the way upstream stores them.</summary>
internal static class Texts
{
    /// <summary>The text in its stored form, or null and the fault.</summary>
    public static Json? Canonical(string? format, JsonText text, out string? fault)
    {
        fault = null;
        switch (format)
        {
            case "byte":
                return Base64Fault(text.Value) is { } at ? Fail($"illegal base64 data at input byte {at}", out fault) : text;
            case "date-time" or "date-time-micro":
                if (!TryTime(text.Value, out var time))
                {
                    var layout = format == "date-time" ? "2006-01-02T15:04:05Z07:00" : "2006-01-02T15:04:05.000000Z07:00";
                    return Fail($"parsing time \"{text.Value}\" as \"{layout}\": cannot parse \"{text.Value}\" as \"2006\"", out fault);
                }
                var stored = time.UtcDateTime.ToString(
                    format == "date-time" ? "yyyy-MM-dd'T'HH:mm:ss'Z'" : "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
                return stored == text.Value ? text : stored;
            default:
                return text;
        }
    }

    public static bool TryTime(string text, out DateTimeOffset time)
    {
        time = default;
        return text.Length >= 20 && text[4] == '-' && text[10] == 'T' && (text[^1] == 'Z' || text[^6] is '+' or '-')
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time);
    }

    /// <summary>The place of the first byte that is not base64, or null.</summary>
    public static int? Base64Fault(string text)
    {
        var (digits, pads) = (0, 0);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c is '\r' or '\n') continue;
            if (c == '=')
            {
                if (digits % 4 < 2 || pads == 4 - digits % 4) return i;
                pads++;
            }
            else if (pads > 0 || !(char.IsAsciiLetterOrDigit(c) || c is '+' or '/'))
            {
                return i;
            }
            else
            {
                digits++;
            }
        }
        return (digits + pads) % 4 == 0 ? null : text.Length;
    }

    private static Json? Fail(string why, out string fault)
    {
        fault = why;
        return null;
    }
}
