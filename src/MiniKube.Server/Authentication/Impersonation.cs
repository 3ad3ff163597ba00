using Microsoft.AspNetCore.Http;
using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>Acting as somebody else: each part of the other identity must be allowed by name.</summary>
public sealed class Impersonation(Authorizer authorizer)
{
    private const string ExtraPrefix = "Impersonate-Extra-";

    public Result<UserInfo> Apply(UserInfo user, IHeaderDictionary headers)
    {
        var name = headers["Impersonate-User"].FirstOrDefault() ?? "";
        var groups = headers["Impersonate-Group"].OfType<string>().ToList();
        var uid = headers["Impersonate-Uid"].FirstOrDefault() ?? "";
        var extra = headers.Where(h => h.Key.StartsWith(ExtraPrefix, StringComparison.OrdinalIgnoreCase)).ToList();
        if (name.Length == 0)
        {
            return groups.Count > 0 || uid.Length > 0 || extra.Count > 0
                ? ApiError.Internal($"requested {Asked(groups, uid, extra)} without impersonating a user")
                : user;
        }
        var wanted = new UserInfo(name, groups);
        if (wanted.ServiceAccount is var (ns, account))
        {
            if (Refused(user, "", "serviceaccounts", account, ns) is { } refused) return refused;
            if (groups.Count == 0) groups = [.. UserInfo.ForServiceAccount(ns, account).Groups];
        }
        else if (Refused(user, "", "users", name) is { } refused)
        {
            return refused;
        }
        foreach (var group in headers["Impersonate-Group"].OfType<string>())
            if (Refused(user, "", "groups", group) is { } refused) return refused;
        if (uid.Length > 0 && Refused(user, "authentication.k8s.io", "uids", uid) is { } refusedUid) return refusedUid;
        var extras = new Dictionary<string, IReadOnlyList<string>>();
        foreach (var (header, values) in extra)
        {
            var key = Uri.UnescapeDataString(header[ExtraPrefix.Length..]).ToLowerInvariant();
            foreach (var value in values.OfType<string>())
                if (Refused(user, "authentication.k8s.io", "userextras", value, sub: key) is { } refused) return refused;
            extras[key] = [.. values.OfType<string>()];
        }
        if (name != UserInfo.Anonymous.Name && !groups.Contains(UserInfo.Authenticated)) groups.Add(UserInfo.Authenticated);
        if (name == UserInfo.Anonymous.Name && !groups.Contains(UserInfo.Unauthenticated)) groups.Add(UserInfo.Unauthenticated);
        return new UserInfo(name, groups) { Uid = uid, Extra = extras };
    }

    /// <summary>What was asked for as upstream counts it up.</summary>
    private static string Asked(IEnumerable<string> groups, string uid, IEnumerable<KeyValuePair<string, Microsoft.Extensions.Primitives.StringValues>> extra)
    {
        var all = groups.Select(g => $"{{Group  {g}    }}").ToList();
        foreach (var (header, values) in extra)
            all.AddRange(values.Select(v => $"{{UserExtra  {v}  authentication.k8s.io/v1  {header[ExtraPrefix.Length..].ToLowerInvariant()}}}"));
        if (uid.Length > 0) all.Add($"{{UID  {uid}  authentication.k8s.io/v1  }}");
        return $"[{string.Join(' ', all)}]";
    }

    private ApiError? Refused(UserInfo user, string group, string resource, string name, string ns = "", string sub = "") => authorizer.Refusal(user, new RequestInfo
    {
        Verb = "impersonate", Path = "", IsResource = true, Group = group, Version = "v1", Resource = resource, Name = name, Namespace = ns, Subresource = sub,
    });
}
