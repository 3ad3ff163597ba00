using MiniKube.Machinery;
using MiniKube.Server.Aggregation;

namespace MiniKube.Server;

/// <summary>What discovery tells clients about the kinds that are served.</summary>
internal static class DiscoveryDocuments
{
    private const string Aggregated = "apidiscovery.k8s.io";

    public static JsonMap Versions(ServerOptions options) => new()
    {
        { "kind", "APIVersions" }, { "versions", JsonList.OfTexts(["v1"]) },
        {
            "serverAddressByClientCIDRs",
            JsonList.Of(new JsonMap { { "clientCIDR", "0.0.0.0/0" }, { "serverAddress", $"{options.AdvertiseAddress}:{options.HttpsPort}" } })
        },
    };

    public static JsonMap Groups(Published published) => new()
    {
        { "kind", "APIGroupList" }, { "apiVersion", "v1" },
        { "groups", new JsonList(GroupNames(published).Select(g => (Json)Group(published, g))) },
    };

    public static JsonMap? GroupDocument(Published published, string group)
    {
        if (!GroupNames(published).Contains(group)) return null;
        var document = new JsonMap { { "kind", "APIGroup" }, { "apiVersion", "v1" } };
        foreach (var (key, value) in Group(published, group)) document.Set(key, value);
        return document;
    }

    public static JsonMap Resources(KindRegistry kinds, string group, string version)
    {
        var resources = new JsonList();
        foreach (var kind in Served(kinds, group, version))
        {
            var main = new JsonMap
            {
                { "name", kind.Plural }, { "singularName", kind.Singular }, { "namespaced", kind.Namespaced }, { "kind", kind.Name },
                { "verbs", JsonList.OfTexts(kind.Verbs) },
            };
            if (kind.ShortNames.Count > 0) main.Add("shortNames", JsonList.OfTexts(kind.ShortNames));
            if (kind.Categories.Count > 0) main.Add("categories", JsonList.OfTexts(kind.Categories));
            if (kind.Verbs.Contains("list")) main.Add("storageVersionHash", Hash(kind));
            resources.Add(main);
            foreach (var sub in kind.Subresources.OrderBy(s => s.Name, StringComparer.Ordinal))
            {
                var entry = new JsonMap { { "name", $"{kind.Plural}/{sub.Name}" }, { "singularName", "" }, { "namespaced", kind.Namespaced } };
                if (sub.BodyKind is not null)
                {
                    if (sub.BodyGroup is { Length: > 0 }) entry.Add("group", sub.BodyGroup);
                    if (sub.BodyVersion is not null && $"{sub.BodyGroup}/{sub.BodyVersion}" != $"{kind.Group}/{kind.Version}") entry.Add("version", sub.BodyVersion);
                }
                entry.Add("kind", sub.BodyKind ?? kind.Name);
                entry.Add("verbs", JsonList.OfTexts(sub.Verbs));
                resources.Add(entry);
            }
        }
        return new JsonMap
        {
            { "kind", "APIResourceList" }, { "apiVersion", "v1" },
            { "groupVersion", group.Length == 0 ? version : $"{group}/{version}" }, { "resources", resources },
        };
    }

    /// <summary>The aggregated form: one document for the core group or for all others.</summary>
    public static JsonMap AggregatedGroups(Published published, bool core, string version)
    {
        var items = new JsonList();
        foreach (var group in core ? [""] : GroupNames(published))
        {
            items.Add(new JsonMap
            {
                { "metadata", group.Length == 0 ? new JsonMap { { "creationTimestamp", Json.Null } } : new JsonMap { { "name", group }, { "creationTimestamp", Json.Null } } },
                { "versions", new JsonList(VersionsOf(published, group).Select(v => (Json)(published.Remote.Find(group, v) is { } remote ? AggregatedVersion(remote) : AggregatedVersion(published.Kinds, group, v)))) },
            });
        }
        return new JsonMap { { "kind", "APIGroupDiscoveryList" }, { "apiVersion", $"{Aggregated}/{version}" }, { "metadata", new JsonMap() }, { "items", items } };
    }

    /// <summary>What was last heard of a server elsewhere; stale as long as it doesn't answer.</summary>
    private static JsonMap AggregatedVersion(RemoteVersion remote)
    {
        var known = new JsonMap { { "version", remote.Registered.Version } };
        if (remote.Documents is { Resources.Count: > 0 } heard) known.Add("resources", heard.Resources.Clone());
        known.Add("freshness", remote.Registered.Available && remote.Documents is not null ? "Current" : "Stale");
        return known;
    }

    private static JsonMap AggregatedVersion(KindRegistry kinds, string group, string version)
    {
        var resources = new JsonList();
        foreach (var kind in Served(kinds, group, version))
        {
            var entry = new JsonMap
            {
                { "resource", kind.Plural }, { "responseKind", Gvk(kind.Group, kind.Version, kind.Name) },
                { "scope", kind.Namespaced ? "Namespaced" : "Cluster" }, { "singularResource", kind.Singular }, { "verbs", JsonList.OfTexts(kind.Verbs) },
            };
            if (kind.ShortNames.Count > 0) entry.Add("shortNames", JsonList.OfTexts(kind.ShortNames));
            if (kind.Categories.Count > 0) entry.Add("categories", JsonList.OfTexts(kind.Categories));
            if (kind.Subresources.Count > 0)
            {
                entry.Add("subresources", new JsonList(kind.Subresources.OrderBy(s => s.Name, StringComparer.Ordinal).Select(s => (Json)new JsonMap
                {
                    { "subresource", s.Name },
                    { "responseKind", Gvk(s.BodyGroup ?? kind.Group, s.BodyVersion ?? kind.Version, s.BodyKind ?? kind.Name) },
                    { "verbs", JsonList.OfTexts(s.Verbs) },
                })));
            }
            resources.Add(entry);
        }
        return new JsonMap { { "version", version }, { "resources", resources }, { "freshness", "Current" } };
    }

    private static JsonMap Gvk(string group, string version, string kind) => new() { { "group", group }, { "version", version }, { "kind", kind } };

    /// <summary>What people use most comes first, so that short names resolve to it: by the priorities of the APIServices, and before all their own group.</summary>
    public static IReadOnlyList<string> GroupNames(Published published)
    {
        const string own = "apiregistration.k8s.io";
        var groups = published.Local.Select(g => (g.Group, Priority: RegisteredGroups.PriorityOf(g.Group, g.Version).Group))
            .Concat(published.Remote.All.Select(r => (r.Registered.Group, Priority: r.Registered.GroupPriority)));
        return [.. groups.Where(g => g.Group.Length > 0).GroupBy(g => g.Group).OrderByDescending(g => g.Key == own).ThenByDescending(g => g.Max(v => v.Priority)).ThenBy(g => g.Key, StringComparer.Ordinal).Select(g => g.Key)];
    }

    private static JsonMap Group(Published published, string group)
    {
        var versions = VersionsOf(published, group).Select(v => (Json)new JsonMap { { "groupVersion", $"{group}/{v}" }, { "version", v } }).ToList();
        return new JsonMap { { "name", group }, { "versions", new JsonList(versions) }, { "preferredVersion", versions[0].Clone() } };
    }

    private static IEnumerable<string> VersionsOf(Published published, string group) =>
        published.Local.Where(g => g.Group == group).Select(g => (g.Version, Priority: RegisteredGroups.PriorityOf(group, g.Version).Version))
            .Concat(published.Remote.All.Where(r => r.Registered.Group == group).Select(r => (r.Registered.Version, Priority: r.Registered.VersionPriority)))
            .OrderByDescending(v => v.Priority).ThenByDescending(v => v.Version, VersionOrder.Instance).Select(v => v.Version);

    private static IEnumerable<Kind> Served(KindRegistry kinds, string group, string version) =>
        kinds.All.Where(k => !k.Hidden && k.Group == group && k.Version == version).OrderBy(k => k.Plural, StringComparer.Ordinal);

    private static string Hash(Kind kind)
    {
        var digest = System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes($"{kind.Group}/{kind.Version}/{kind.Name}"));
        return Convert.ToBase64String(digest.AsSpan(0, 8));
    }
}

/// <summary>v2 over v1 over v1beta2 over v1alpha1 over anything else.</summary>
internal sealed class VersionOrder : IComparer<string>
{
    public static readonly VersionOrder Instance = new();

    public int Compare(string? x, string? y)
    {
        var (a, b) = (Rank(x ?? ""), Rank(y ?? ""));
        var byRank = a.CompareTo(b);
        return byRank != 0 ? byRank : string.CompareOrdinal(y, x);
    }

    private static (int Stage, int Major, int Minor) Rank(string version)
    {
        if (version.Length < 2 || version[0] != 'v') return (0, 0, 0);
        var at = 1;
        var major = Number(version, ref at);
        if (major == 0) return (0, 0, 0);
        if (at == version.Length) return (3, major, 0);
        var stage = version.AsSpan(at).StartsWith("beta") ? 2 : version.AsSpan(at).StartsWith("alpha") ? 1 : 0;
        at += stage == 2 ? 4 : 5;
        return stage == 0 ? (0, 0, 0) : (stage, major, Number(version, ref at));
    }

    private static int Number(string text, ref int at)
    {
        var value = 0;
        while (at < text.Length && char.IsAsciiDigit(text[at])) value = value * 10 + (text[at++] - '0');
        return value;
    }
}
