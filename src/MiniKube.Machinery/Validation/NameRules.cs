using System.Text.RegularExpressions;

namespace MiniKube.Machinery;

/// <summary>What names may be, with upstream's sentences for what they may not.</summary>
public static partial class NameRules
{
    private const string LabelPattern = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
    private const string SubdomainPattern = LabelPattern + "(\\." + LabelPattern + ")*";
    private const string ServicePattern = "[a-z]([-a-z0-9]*[a-z0-9])?";

    [GeneratedRegex(@"\A[a-z0-9]([-a-z0-9]*[a-z0-9])?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Label();

    [GeneratedRegex(@"\A[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Subdomain();

    [GeneratedRegex(@"\A[a-z]([-a-z0-9]*[a-z0-9])?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Service();

    [GeneratedRegex(@"\A\*\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Wildcard();

    public static IEnumerable<string> DnsSubdomain(string name)
    {
        if (name.Length > 253) yield return "must be no more than 253 characters";
        if (!Subdomain().IsMatch(name))
            yield return "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end "
                + $"with an alphanumeric character (e.g. 'example.com', regex used for validation is '{SubdomainPattern}')";
    }

    public static IEnumerable<string> DnsLabel(string name)
    {
        if (name.Length > 63) yield return "must be no more than 63 characters";
        if (!Label().IsMatch(name))
        {
            yield return Subdomain().IsMatch(name)
                ? "must not contain dots"
                : "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an "
                + $"alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '{LabelPattern}')";
        }
    }

    /// <summary>A DNS label that starts with a letter (RFC 1035).</summary>
    public static IEnumerable<string> Dns1035Label(string name)
    {
        if (name.Length > 63) yield return "must be no more than 63 characters";
        if (!Service().IsMatch(name))
            yield return "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end "
                + $"with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '{ServicePattern}')";
    }

    /// <summary>"*." and a subdomain.</summary>
    public static IEnumerable<string> WildcardSubdomain(string name)
    {
        if (name.Length > 253) yield return "must be no more than 253 characters";
        if (!Wildcard().IsMatch(name))
            yield return "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case "
                + "alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is "
                + $"'\\*\\.{SubdomainPattern}')";
    }

    /// <summary>Anything that can stand as one step of a URL path.</summary>
    public static IEnumerable<string> PathSegment(string name)
    {
        if (name is "." or "..") yield return $"may not be '{name}'";
        if (name.Contains('/')) yield return "may not contain '/'";
        if (name.Contains('%')) yield return "may not contain '%'";
    }

    /// <summary>A name that will get something appended may end in what would otherwise be refused.</summary>
    internal static string WithoutTrailingDash(string name) =>
        name.Length > 1 && name.EndsWith('-') ? string.Concat(name.AsSpan(0, name.Length - 2), "a") : name;
}
