using MiniKube.Machinery;

namespace MiniKube.Server.Aggregation;

/// <summary>The APIService of every group and version that this server answers for itself: always available, gone when it is no longer served.</summary>
internal static class RegisteredGroups
{
    private const string Collection = RemoteGroup.Collection;
    private const string Managed = "kube-aggregator.kubernetes.io/automanaged";

    private static readonly (int Group, int Version) Custom = (1000, 100);

    // What upstream gives its groups, in the order of discovery: (of the group, of the version).
    private static readonly Dictionary<(string Group, string Version), (int Group, int Version)> Priorities = new()
    {
        [("", "v1")] = (18_000, 1), [("apps", "v1")] = (17_800, 15), [("events.k8s.io", "v1")] = (17_750, 15), [("authentication.k8s.io", "v1")] = (17_700, 15),
        [("authorization.k8s.io", "v1")] = (17_600, 15), [("autoscaling", "v1")] = (17_500, 15), [("autoscaling", "v2")] = (17_500, 30), [("batch", "v1")] = (17_400, 15),
        [("certificates.k8s.io", "v1")] = (17_300, 15), [("networking.k8s.io", "v1")] = (17_200, 15), [("policy", "v1")] = (17_100, 15),
        [("rbac.authorization.k8s.io", "v1")] = (17_000, 15), [("storage.k8s.io", "v1")] = (16_800, 15), [("apiextensions.k8s.io", "v1")] = (16_700, 15),
        [("admissionregistration.k8s.io", "v1")] = (16_700, 15), [("scheduling.k8s.io", "v1")] = (16_600, 15), [("coordination.k8s.io", "v1")] = (16_500, 15),
        [("node.k8s.io", "v1")] = (16_300, 15), [("discovery.k8s.io", "v1")] = (16_200, 15), [("resource.k8s.io", "v1")] = (16_200, 15),
        [("flowcontrol.apiserver.k8s.io", "v1")] = (16_100, 21),
    };

    /// <summary>Of the group and the version. What isn't known is as a definition's.</summary>
    public static (int Group, int Version) PriorityOf(string group, string version) => Priorities.GetValueOrDefault((group, version), Custom);

    /// <summary>True when something is still to be done.</summary>
    public static async Task<bool> Settle(ServerContext server, UserInfo self, CancellationToken cancel)
    {
        var kind = server.Kinds.Stored(Collection)!;
        // The group of these objects is not itself registered, as upstream's isn't.
        var served = server.Kinds.Groups.Where(g => g.Group != kind.Group).ToDictionary(g => $"{g.Version}.{g.Group}", StringComparer.Ordinal);
        var unfinished = false;
        foreach (var (name, (group, version)) in served)
        {
            var wanted = Wanted(name, group, version);
            if (server.Peek(Collection, "", name) is not { } known)
            {
                var made = await Create.Store(server, kind, Request(kind, self, "create", name, cancel), wanted, "kube-apiserver");
                unfinished |= made.Error is { Code: not 409 };
            }
            else if (known.Map("metadata")!.Map("labels")?.Text(Managed) == "true" && !known.Map("spec")!.SameAs(wanted.Map("spec")!))
            {
                unfinished |= !(await Mutation.Run(server, kind, Request(kind, self, "update", name, cancel), new("", "kube-apiserver"), current =>
                {
                    current.Set("spec", wanted.Map("spec")!.CloneMap());
                    return current;
                })).Ok;
            }
        }
        foreach (var entry in server.Store.Snapshot().List(Collection).ToList())
        {
            var (name, known) = (entry.Key.Name, ObjectCodec.Kept(entry));
            if (!served.ContainsKey(name) && known.Map("metadata")!.Map("labels")?.Text(Managed) is not null)
                unfinished |= !(await Delete.One(server, kind, Request(kind, self, "delete", name, cancel), name, new DeleteOptions())).Ok;
            // Somebody may have put a server of his own in this place.
            else if (!known.Map("spec")!.Has("service") && Availability.Told(known, Availability.Local, server.Timestamp) is not null)
                unfinished |= !await Tell(server, self, name, Availability.Local, cancel);
        }
        return unfinished;
    }

    /// <summary>Writes the condition; false when that has to be tried again.</summary>
    public static async Task<bool> Tell(ServerContext server, UserInfo self, string name, JsonMap condition, CancellationToken cancel)
    {
        var kind = server.Kinds.Stored(Collection)!;
        var written = await Mutation.Run(server, kind, Request(kind, self, "update", name, cancel), new("status", "kube-apiserver"), current =>
        {
            if (Availability.Told(current, condition, server.Timestamp) is { } conditions) current.MapOrNew("status").Set("conditions", conditions);
            return current;
        });
        return written.Error is null or { Code: 404 };
    }

    private static ApiRequest Request(Kind kind, UserInfo self, string verb, string name, CancellationToken cancel) => new()
    {
        User = self, Cancel = cancel, UserAgent = "minik",
        Info = new RequestInfo { Verb = verb, Path = "", IsResource = true, Group = kind.Group, Version = kind.Version, Resource = kind.Plural, Name = verb == "create" ? "" : name },
    };

    private static JsonMap Wanted(string name, string group, string version)
    {
        var builtIn = Priorities.ContainsKey((group, version));
        var priority = PriorityOf(group, version);
        var spec = new JsonMap();
        if (group.Length > 0) spec.Add("group", group);
        spec.Add("groupPriorityMinimum", priority.Group);
        spec.Add("version", version);
        spec.Add("versionPriority", priority.Version);
        return new JsonMap
        {
            { "kind", "APIService" }, { "apiVersion", "apiregistration.k8s.io/v1" },
            { "metadata", new JsonMap { { "name", name }, { "labels", new JsonMap { { Managed, builtIn ? "onstart" : "true" } } } } }, { "spec", spec },
        };
    }
}
