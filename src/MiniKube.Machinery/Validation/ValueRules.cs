using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace MiniKube.Machinery;

/// <summary>Small values that occur everywhere, with upstream's sentences.</summary>
public static partial class ValueRules
{
    public const string PercentSentence =
        "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";

    [GeneratedRegex(@"\A[-._a-zA-Z0-9]+\z")]
    private static partial Regex ConfigKeyPattern();

    [GeneratedRegex(@"\A[-a-z0-9]+\z")]
    private static partial Regex PortNamePattern();

    [GeneratedRegex(@"\A[-A-Za-z0-9]+\z")]
    private static partial Regex HeaderPattern();

    public static IEnumerable<string> Ip(string text)
    {
        if (!TryIp(text, out _)) yield return "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
    }

    public static IEnumerable<string> Cidr(string text)
    {
        if (!TryCidr(text, out _, out _)) yield return "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";
    }

    public static bool TryIp(string text, out IPAddress address)
    {
        address = IPAddress.None;
        if (text.Length == 0 || text.Contains('%') || text.Contains('[') || !IPAddress.TryParse(text, out var parsed)) return false;
        address = parsed;
        return parsed.AddressFamily == AddressFamily.InterNetworkV6 || text.Split('.') is { Length: 4 } parts && parts.All(p => p.Length == 1 || p[0] != '0');
    }

    /// <summary>An address and a prefix length; bits beyond it may be set.</summary>
    public static bool TryCidr(string text, out IPAddress address, out int bits)
    {
        (address, bits) = (IPAddress.None, 0);
        var slash = text.IndexOf('/');
        return slash > 0 && TryIp(text[..slash], out address) && int.TryParse(text.AsSpan(slash + 1), System.Globalization.NumberStyles.None, null, out bits)
            && bits <= (address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128);
    }

    /// <summary>The first address of the network.</summary>
    public static IPAddress Masked(IPAddress address, int bits)
    {
        var bytes = address.GetAddressBytes();
        for (var i = 0; i < bytes.Length; i++)
        {
            var keep = Math.Clamp(bits - i * 8, 0, 8);
            bytes[i] &= (byte)(0xFF << (8 - keep));
        }
        return new IPAddress(bytes);
    }

    public static void Port(Spot port)
    {
        if (port.Whole is not (>= 1 and <= 65535)) port.Invalid(port.Value ?? 0, "must be between 1 and 65535, inclusive");
    }

    public static void PortNumberOrName(Spot port)
    {
        if (port.Value is JsonText) port.Follows(PortName);
        else Port(port);
    }

    public static IEnumerable<string> PortName(string name)
    {
        if (name.Length > 15) yield return "must be no more than 15 characters";
        if (!PortNamePattern().IsMatch(name)) yield return "must contain only alphanumeric characters (a-z, 0-9), and hyphens (-)";
        if (!name.Any(char.IsAsciiLetterLower)) yield return "must contain at least one letter (a-z)";
        if (name.Contains("--", StringComparison.Ordinal)) yield return "must not contain consecutive hyphens";
        if (name.Length > 0 && (name[0] == '-' || name[^1] == '-')) yield return "must not begin or end with a hyphen";
    }

    public static IEnumerable<string> ConfigKey(string key)
    {
        if (key.Length > 253) yield return "must be no more than 253 characters";
        if (!ConfigKeyPattern().IsMatch(key))
            yield return "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', "
                + "regex used for validation is '[-._a-zA-Z0-9]+')";
        if (key == ".") yield return "must not be '.'";
        else if (key == "..") yield return "must not be '..'";
        else if (key.StartsWith("..", StringComparison.Ordinal)) yield return "must not start with '..'";
    }

    public static IEnumerable<string> EnvName(string name)
    {
        if (name.Length == 0) yield return "environment variable name must be non-empty";
        if (name.Any(c => c is < ' ' or > '~' or '='))
            yield return "a valid environment variable name must consist only of printable ASCII characters other than '='";
    }

    public static IEnumerable<string> HttpHeader(string name)
    {
        if (!HeaderPattern().IsMatch(name))
            yield return "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')";
    }

    public static IEnumerable<string> UserId(long id)
    {
        if (id is < 0 or > int.MaxValue) yield return $"must be between 0 and {int.MaxValue}, inclusive";
    }

    /// <summary>A count that is not negative or a percentage.</summary>
    public static void CountOrPercent(Spot at)
    {
        if (at.Value is JsonText text)
        {
            if (IntOrString.From(text)?.Percent is null) at.Invalid(PercentSentence);
        }
        else
        {
            at.NotNegative();
        }
    }

    public static void AtMostAll(Spot at)
    {
        if (IntOrString.From(at.Value)?.Percent > 100) at.Invalid("must not be greater than 100%");
    }

    /// <summary>Below the directory it is relative to.</summary>
    public static void DescendingPath(Spot path)
    {
        if (path.Text.StartsWith('/')) path.Invalid("must be a relative path");
        NoBacksteps(path);
    }

    public static void NoBacksteps(Spot path)
    {
        if (path.Text.Split('/').Contains("..")) path.Invalid("must not contain '..'");
    }

    /// <summary>Below the directory, and not hidden behind two dots.</summary>
    public static void UnreservedPath(Spot path)
    {
        DescendingPath(path);
        if (path.Text.StartsWith("..", StringComparison.Ordinal) && !path.Text.Split('/').Contains("..")) path.Invalid("must not start with '..'");
    }

    public static void FileMode(Spot mode)
    {
        if (mode.Whole is < 0 or > 511) mode.Invalid("must be a number between 0 and 0777 (octal), both inclusive");
    }
}
