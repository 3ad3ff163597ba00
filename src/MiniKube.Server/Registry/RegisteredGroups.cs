using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>The APIService of every group and version that this server answers for itself: always available, gone when it is no longer served.</summary>
internal static class RegisteredGroups
{
    private const string Collection = "apiservices.apiregistration.k8s.io";
    private const string Managed = "kube-aggregator.kubernetes.io/automanaged";

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

    /// <summary>True when something is still to be done.</summary>
    public static async Task<bool> Settle(ServerContext server, UserInfo self, CancellationToken cancel)
    {
        var kind = server.Kinds.Stored(Collection)!;
        // The group of these objects is not itself registered, as upstream's isn't.
        var served = server.Kinds.Groups.Where(g => g.Group != kind.Group).ToDictionary(g => $"{g.Version}.{g.Group}", StringComparer.Ordinal);
        var unfinished = false;
        foreach (var (name, (group, version)) in served)
        {
            if (server.Peek(Collection, "", name) is not { } known)
            {
                var made = await Create.Store(server, kind, Request("create", name), Wanted(name, group, version), "kube-apiserver");
                if (!made.Ok)
                {
                    unfinished |= made.Error!.Code != 409;
                    continue;
                }
                known = made.Value.Object;
            }
            // Somebody may have put a server of his own in this place.
            if (known.Map("spec")!.Has("service") || known.Map("status")?.List("conditions") is { Count: > 0 }) continue;
            unfinished |= !(await Mutation.Run(server, kind, Request("update", name), new("status", "kube-apiserver"), current =>
            {
                current.Set("status", new JsonMap { { "conditions", JsonList.Of(Available(server.Timestamp)) } });
                return current;
            })).Ok;
        }
        foreach (var entry in server.Store.Snapshot().List(Collection).ToList())
        {
            if (served.ContainsKey(entry.Key.Name) || ObjectCodec.Kept(entry).Map("metadata")!.Map("labels")?.Text(Managed) is null) continue;
            unfinished |= !(await Delete.One(server, kind, Request("delete", entry.Key.Name), entry.Key.Name, new DeleteOptions())).Ok;
        }
        return unfinished;

        ApiRequest Request(string verb, string name) => new()
        {
            User = self, Cancel = cancel, UserAgent = "minik",
            Info = new RequestInfo { Verb = verb, Path = "", IsResource = true, Group = kind.Group, Version = kind.Version, Resource = kind.Plural, Name = verb == "create" ? "" : name },
        };
    }

    private static JsonMap Wanted(string name, string group, string version)
    {
        var builtIn = Priorities.TryGetValue((group, version), out var priority);
        if (!builtIn) priority = (1000, 100);
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

    private static JsonMap Available(string now) => new()
    {
        { "lastTransitionTime", now }, { "message", "Local APIServices are always available" }, { "reason", "Local" }, { "status", "True" }, { "type", "Available" },
    };
}
