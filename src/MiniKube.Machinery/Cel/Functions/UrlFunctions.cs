namespace MiniKube.Machinery.Cel.Functions;

internal static class UrlFunctions
{
    public static IEnumerable<(string, CelFunction)> All =>
    [
        ("url", a => a is [string s] ? TryUrl(s, out var url) ? url : new CelError($"URL parse error during conversion from string: parse \"{s}\": invalid URI for request") : CelLibrary.NotMine),
        ("isURL", a => a is [string s] ? TryUrl(s, out _) : CelLibrary.NotMine),
        ("getScheme", Part(u => u.IsAbsoluteUri ? u.Scheme : "")),
        ("getHost", Part(u => u.IsAbsoluteUri ? u.IsDefaultPort && !HasPort(u) ? Host(u) : $"{Host(u)}:{u.Port}" : "")),
        ("getHostname", Part(u => u.IsAbsoluteUri ? Host(u).Trim('[', ']') : "")),
        ("getPort", Part(u => u.IsAbsoluteUri && HasPort(u) ? u.Port.ToString(System.Globalization.CultureInfo.InvariantCulture) : "")),
        ("getEscapedPath", Part(u => u.IsAbsoluteUri ? PathOf(u) : u.OriginalString.Split('?')[0])),
        ("getQuery", a => a is [Uri u] ? Query(u) : CelLibrary.NotMine),
    ];

    private static CelFunction Part(Func<Uri, string> part) => a => a is [Uri u] ? part(u) : CelLibrary.NotMine;

    private static bool TryUrl(string text, out Uri url)
    {
        url = null!;
        if (text.StartsWith('/') && Uri.TryCreate(text, UriKind.Relative, out var path))
        {
            url = path;
            return true;
        }
        return text.Contains(':') && Uri.TryCreate(text, UriKind.Absolute, out url!);
    }

    private static string Host(Uri url) => url.Host;

    private static bool HasPort(Uri url) => url.OriginalString.Contains($":{url.Port}", StringComparison.Ordinal) && url.Port >= 0;

    private static string PathOf(Uri url) => url.AbsolutePath == "/" && !url.OriginalString.Contains(url.Authority + "/", StringComparison.Ordinal) ? "" : url.AbsolutePath;

    private static CelMap Query(Uri url)
    {
        var text = url.IsAbsoluteUri ? url.Query.TrimStart('?') : url.OriginalString.Contains('?') ? url.OriginalString[(url.OriginalString.IndexOf('?') + 1)..] : "";
        return new CelMap(text.Split('&', StringSplitOptions.RemoveEmptyEntries)
            .Select(p => p.Split('=', 2)).GroupBy(p => Uri.UnescapeDataString(p[0].Replace('+', ' ')), StringComparer.Ordinal)
            .Select(g => new KeyValuePair<object, object?>(g.Key, g.Select(p => (object?)Uri.UnescapeDataString((p.Length > 1 ? p[1] : "").Replace('+', ' '))).ToArray())));
    }
}
