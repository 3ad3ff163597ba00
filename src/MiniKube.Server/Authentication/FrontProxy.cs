using Microsoft.AspNetCore.Http;
using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>
/// A proxy that has established who somebody is says so in headers. They count from whoever holds a certificate of the
/// front-proxy authority in an allowed name, and from nobody else; behind this no request has them any more.
/// </summary>
public static class FrontProxy
{
    /// <summary>The name in whose certificate the headers are believed.</summary>
    public const string ClientName = "front-proxy-client";

    private const string UserHeader = "X-Remote-User";
    private const string UidHeader = "X-Remote-Uid";
    private const string GroupHeader = "X-Remote-Group";
    private const string ExtraPrefix = "X-Remote-Extra-";
    private const string Prefix = "X-Remote-";

    public static bool Says(IHeaderDictionary headers) => headers.ContainsKey(UserHeader);

    /// <summary>Who is spoken for; null when nobody is named. Of several names the first counts, as upstream has it.</summary>
    public static UserInfo? Who(IHeaderDictionary headers)
    {
        if (headers[UserHeader].FirstOrDefault() is not { Length: > 0 } name) return null;
        var groups = headers[GroupHeader].OfType<string>().Where(g => g.Length > 0).ToList();
        var extra = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (var (header, values) in headers)
        {
            if (!header.StartsWith(ExtraPrefix, StringComparison.OrdinalIgnoreCase)) continue;
            var key = Uri.UnescapeDataString(header[ExtraPrefix.Length..].ToLowerInvariant());
            if (!extra.TryGetValue(key, out var known)) extra[key] = known = [];
            known.AddRange(values.OfType<string>());
        }
        if (name != UserInfo.Anonymous.Name && !groups.Contains(UserInfo.Authenticated) && !groups.Contains(UserInfo.Unauthenticated)) groups.Add(UserInfo.Authenticated);
        return new UserInfo(name, groups) { Uid = headers[UidHeader].FirstOrDefault() ?? "", Extra = extra.ToDictionary(e => e.Key, e => (IReadOnlyList<string>)e.Value) };
    }

    /// <summary>Takes the headers out, whoever sent them.</summary>
    public static void Strip(IHeaderDictionary headers)
    {
        List<string>? gone = null;
        foreach (var (header, _) in headers)
            if (header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) && IsOne(header)) (gone ??= []).Add(header);
        foreach (var header in gone ?? []) headers.Remove(header);
    }

    /// <summary>What others need to know to believe the same proxies and the same clients.</summary>
    public static JsonMap Facts(string clientAuthorities, string proxyAuthorities) => new()
    {
        { "client-ca-file", clientAuthorities }, { "requestheader-allowed-names", Names(ClientName) }, { "requestheader-client-ca-file", proxyAuthorities },
        { "requestheader-extra-headers-prefix", Names(ExtraPrefix) }, { "requestheader-group-headers", Names(GroupHeader) },
        { "requestheader-uid-headers", Names(UidHeader) }, { "requestheader-username-headers", Names(UserHeader) },
    };

    private static string Names(string only) => JsonList.OfTexts([only]).ToString()!;

    private static bool IsOne(string header) => header.StartsWith(ExtraPrefix, StringComparison.OrdinalIgnoreCase)
        || header.Equals(UserHeader, StringComparison.OrdinalIgnoreCase) || header.Equals(UidHeader, StringComparison.OrdinalIgnoreCase) || header.Equals(GroupHeader, StringComparison.OrdinalIgnoreCase);
}
