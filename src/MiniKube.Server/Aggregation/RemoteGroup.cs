using MiniKube.Kinds;
using MiniKube.Machinery;
using MiniKube.Store;

namespace MiniKube.Server.Aggregation;

/// <summary>A group and version that another server answers for, as its APIService says. Compared by what it says.</summary>
public sealed record RemoteGroup(string Name, string Group, string Version, string Namespace, string Service, int Port, string CaBundle, bool Insecure,
    int GroupPriority, int VersionPriority, bool Available)
{
    public const string Collection = "apiservices.apiregistration.k8s.io";

    // What is built in stays: a server elsewhere can't take its place.
    private static readonly HashSet<(string Group, string Version)> BuiltIn = [.. BuiltInKinds.All.Select(k => (k.Group, k.Version))];

    public string Path => $"/apis/{Group}/{Version}";

    public string Address => $"https://{Streams.ServiceClients.HostOf(Namespace, Service)}:{Port}";

    /// <summary>Those that are to be asked; of what is built in none.</summary>
    public static IReadOnlyList<RemoteGroup> All(ISnapshot snapshot) =>
        [.. snapshot.List(Collection).Select(e => Of(ObjectCodec.Kept(e))).OfType<RemoteGroup>().Where(r => !BuiltIn.Contains((r.Group, r.Version)))];

    public static RemoteGroup? Of(JsonMap registered)
    {
        if (registered.Map("spec") is not { } spec || spec.Map("service") is not { } service) return null;
        return new(registered.Map("metadata")!.Text("name")!, spec.Text("group") ?? "", spec.Text("version") ?? "", service.Text("namespace") ?? "", service.Text("name") ?? "",
            (int)(service.Whole("port") ?? 443), spec.Text("caBundle") ?? "", spec.Bool("insecureSkipTLSVerify") == true, (int)(spec.Whole("groupPriorityMinimum") ?? 0), (int)(spec.Whole("versionPriority") ?? 0),
            (registered.Map("status")?.List("conditions") ?? []).Maps().Any(c => c.Text("type") == "Available" && c.Text("status") == "True"));
    }
}

/// <summary>What a server elsewhere says about itself, as it was last heard.</summary>
public sealed record RemoteDocuments(string Digest, JsonList Resources, byte[]? OpenApiV3, JsonMap? OpenApiV2);

/// <summary>A group and version of another server with what is known of it.</summary>
public sealed record RemoteVersion(RemoteGroup Registered, RemoteDocuments? Documents);

/// <summary>All of them at one time.</summary>
public sealed class RemoteSet(IReadOnlyList<RemoteVersion> all)
{
    public static readonly RemoteSet None = new([]);

    public IReadOnlyList<RemoteVersion> All { get; } = all;

    public RemoteVersion? Find(string group, string version)
    {
        foreach (var one in All)
            if (one.Registered.Group == group && one.Registered.Version == version) return one;
        return null;
    }
}

/// <summary>Everything that clients are told of: what is served here and what is served elsewhere.</summary>
public sealed record Published(KindRegistry Kinds, RemoteSet Remote)
{
    /// <summary>The groups and versions that are answered here.</summary>
    public IEnumerable<(string Group, string Version)> Local => Remote.All.Count == 0 ? Kinds.Groups : Kinds.Groups.Where(g => Remote.Find(g.Group, g.Version) is null);

    public bool IsLocal(string group, string version) => Kinds.Groups.Contains((group, version)) && Remote.Find(group, version) is null;
}
