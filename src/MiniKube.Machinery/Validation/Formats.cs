using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace MiniKube.Machinery;

/// <summary>The formats that custom resources may ask of their texts; unknown ones ask nothing.</summary>
public static partial class Formats
{
    [GeneratedRegex(@"\A[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}\z")]
    private static partial Regex Uuid();

    [GeneratedRegex(@"\A#?([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})\z")]
    private static partial Regex HexColor();

    [GeneratedRegex(@"\A([0-9A-Fa-f]{2}[:-]){5}([0-9A-Fa-f]{2})\z")]
    private static partial Regex Mac();

    [GeneratedRegex(@"\A[a-zA-Z0-9_]([-a-zA-Z0-9_]{0,62}[a-zA-Z0-9_])?(\.[a-zA-Z0-9_]([-a-zA-Z0-9_]{0,62}[a-zA-Z0-9_])?)*\.?\z")]
    private static partial Regex Host();

    [GeneratedRegex(@"\A(-?\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+\z|\A0\z")]
    private static partial Regex GoDuration();

    [GeneratedRegex(@"\A[^@\s]+@[^@\s]+\z")]
    private static partial Regex Email();

    public static bool Fits(string format, string text) => format switch
    {
        "date" => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
        "date-time" or "datetime" => Texts.TryTime(text, out _),
        "byte" => Texts.Base64Fault(text) is null,
        "ipv4" => IPAddress.TryParse(text, out var a) && a.AddressFamily == AddressFamily.InterNetwork && text.Count(c => c == '.') == 3,
        "ipv6" => IPAddress.TryParse(text, out var a) && a.AddressFamily == AddressFamily.InterNetworkV6,
        "cidr" => text.Contains('/') && IPNetwork.TryParse(text, out _),
        "uuid" or "uuid3" or "uuid4" or "uuid5" => Uuid().IsMatch(text),
        "hexcolor" => HexColor().IsMatch(text),
        "mac" => Mac().IsMatch(text),
        "hostname" => text.Length <= 255 && Host().IsMatch(text),
        "email" => Email().IsMatch(text),
        "uri" => Uri.TryCreate(text, UriKind.Absolute, out _) || text.StartsWith('/'),
        "duration" => GoDuration().IsMatch(text),
        _ => true,
    };
}
