using System.Globalization;
using System.Text;

namespace MiniKube.Kubelet.Status;

/// <summary>Durations and quoted texts in the notation that messages and files are known by.</summary>
internal static class GoText
{
    /// <summary>To the millisecond: "308ms", "1.5s", "1m20s", "1h0m5s".</summary>
    public static string Of(TimeSpan time)
    {
        var milliseconds = time.Ticks / TimeSpan.TicksPerMillisecond;
        if (milliseconds == 0) return "0s";
        if (milliseconds < 1000) return $"{milliseconds}ms";
        var seconds = (milliseconds % 60_000 / 1000m).ToString("0.###", CultureInfo.InvariantCulture);
        var minutes = milliseconds / 60_000;
        return minutes == 0 ? $"{seconds}s" : minutes < 60 ? $"{minutes}m{seconds}s" : $"{minutes / 60}h{minutes % 60}m{seconds}s";
    }

    public static string Quoted(string value)
    {
        var text = new StringBuilder("\"");
        foreach (var c in value)
        {
            text.Append(c switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                < ' ' => $"\\x{(int)c:x2}",
                _ => c.ToString(),
            });
        }
        return text.Append('"').ToString();
    }
}
