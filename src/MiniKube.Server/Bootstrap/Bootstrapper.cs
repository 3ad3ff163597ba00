using System.Net;
using MiniKube.Machinery;

namespace MiniKube.Server.Bootstrap;

/// <summary>What every cluster has from its first second on. Run at each start: what is missing is made, what drifted is mended.</summary>
public static class Bootstrapper
{
    private static readonly UserInfo System = new("system:apiserver", [UserInfo.Masters]);

    public static async Task Run(ServerContext server, CancellationToken cancel)
    {
        foreach (var ns in new[] { "kube-system", "kube-public", "kube-node-lease", "default" })
            await Ensure(server, new JsonMap { { "kind", "Namespace" }, { "apiVersion", "v1" }, { "metadata", new JsonMap { { "name", ns } } } }, cancel);
        foreach (var obj in DefaultRoles.All()) await Reconcile(server, obj, cancel);
        foreach (var obj in DefaultObjects()) await Ensure(server, obj, cancel);
        await KubernetesService(server, cancel);
    }

    private static IEnumerable<JsonMap> DefaultObjects()
    {
        using var stream = typeof(Bootstrapper).Assembly.GetManifestResourceStream("default-objects.txt")!;
        using var reader = new StreamReader(stream);
        foreach (var line in reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var words = line.Split(' ', 3);
            var content = JsonReader.ParseMap(words[2]);
            var isClass = words[0] == "PriorityClass";
            var metadata = new JsonMap { { "name", words[1] } };
            var obj = new JsonMap
            {
                { "kind", words[0] }, { "apiVersion", isClass ? "scheduling.k8s.io/v1" : "flowcontrol.apiserver.k8s.io/v1" }, { "metadata", metadata },
            };
            if (isClass)
            {
                foreach (var (key, value) in content) obj.Set(key, value);
                obj.Set("description", "Used for system critical pods that must not be moved from their current node.");
            }
            else
            {
                metadata.Add("annotations", new JsonMap { { "apf.kubernetes.io/autoupdate-spec", "true" } });
                obj.Set("spec", content);
            }
            yield return obj;
        }
    }

    /// <summary>Creates the object if it is absent.</summary>
    private static async Task<JsonMap?> Ensure(ServerContext server, JsonMap obj, CancellationToken cancel)
    {
        var kind = KindOf(server, obj);
        var metadata = obj.Map("metadata")!;
        var (ns, name) = (metadata.Text("namespace") ?? "", metadata.Text("name")!);
        if (server.Peek(kind.Collection, ns, name) is { } existing) return existing;
        var made = await Create.Store(server, kind, Request(kind, "create", ns, "", cancel), obj, "minik");
        return made.Ok ? made.Value.Object : made.Error!.Reason == "AlreadyExists" ? server.Peek(kind.Collection, ns, name) : throw new InvalidOperationException($"{name}: {made.Error.Message}");
    }

    /// <summary>Adds the rules and subjects that a default role or binding has lost, unless its owner switched that off.</summary>
    private static async Task Reconcile(ServerContext server, JsonMap wanted, CancellationToken cancel)
    {
        var kind = KindOf(server, wanted);
        var metadata = wanted.Map("metadata")!;
        var (ns, name) = (metadata.Text("namespace") ?? "", metadata.Text("name")!);
        if (server.Peek(kind.Collection, ns, name) is not { } existing)
        {
            await Ensure(server, wanted, cancel);
            return;
        }
        if (existing.Map("metadata")?.Map("annotations")?.Text("rbac.authorization.kubernetes.io/autoupdate") != "true") return;
        if (!Lacks(existing, wanted, "rules") && !Lacks(existing, wanted, "subjects")) return;
        await Mutation.Run(server, kind, Request(kind, "update", ns, name, cancel), new("", "minik"), current =>
        {
            foreach (var member in new[] { "rules", "subjects" })
                foreach (var item in wanted.List(member) ?? [])
                    if (!current.ListOrNew(member).Any(item.SameAs)) current.List(member)!.Add(item.Clone());
            return current;
        });
    }

    // An aggregated role's rules are the aggregation controller's business.
    private static bool Lacks(JsonMap existing, JsonMap wanted, string member) =>
        !wanted.Has("aggregationRule") && (wanted.List(member) ?? []).Any(item => !(existing.List(member) ?? []).Any(item.SameAs));

    private static async Task KubernetesService(ServerContext server, CancellationToken cancel)
    {
        var first = ServiceNetwork.Parse(server.Options.ServiceCidr).First.ToString();
        await Ensure(server, new JsonMap
        {
            { "kind", "ServiceCIDR" }, { "apiVersion", "networking.k8s.io/v1" }, { "metadata", new JsonMap { { "name", "kubernetes" } } },
            { "spec", new JsonMap { { "cidrs", JsonList.OfTexts([server.Options.ServiceCidr]) } } },
        }, cancel);
        var labels = new JsonMap { { "component", "apiserver" }, { "provider", "kubernetes" } };
        await Ensure(server, new JsonMap
        {
            { "kind", "Service" }, { "apiVersion", "v1" },
            { "metadata", new JsonMap { { "name", "kubernetes" }, { "namespace", "default" }, { "labels", labels } } },
            {
                "spec", new JsonMap
                {
                    { "clusterIP", first }, { "type", "ClusterIP" }, { "sessionAffinity", "None" },
                    { "ports", JsonList.Of(new JsonMap { { "name", "https" }, { "port", 443 }, { "protocol", "TCP" }, { "targetPort", server.Options.HttpsPort } }) },
                }
            },
        }, cancel);
        await Advertise(server, cancel);
    }

    /// <summary>The address at which this server is reached, in both forms of endpoints.</summary>
    public static async Task Advertise(ServerContext server, CancellationToken cancel)
    {
        var address = server.Options.AdvertiseAddress;
        // A machine without a network has no address that anybody else could use; it gets its endpoints with its first one.
        if (IPAddress.IsLoopback(IPAddress.Parse(address))) return;
        var family = IPAddress.Parse(address).AddressFamily == global::System.Net.Sockets.AddressFamily.InterNetwork ? "IPv4" : "IPv6";
        var port = new JsonMap { { "name", "https" }, { "port", server.Options.HttpsPort }, { "protocol", "TCP" } };
        await Put(server, new JsonMap
        {
            { "kind", "Endpoints" }, { "apiVersion", "v1" },
            { "metadata", new JsonMap { { "name", "kubernetes" }, { "namespace", "default" }, { "labels", new JsonMap { { "endpointslice.kubernetes.io/skip-mirror", "true" } } } } },
            { "subsets", JsonList.Of(new JsonMap { { "addresses", JsonList.Of(new JsonMap { { "ip", address } }) }, { "ports", JsonList.Of(port) } }) },
        }, "subsets", cancel);
        await Put(server, new JsonMap
        {
            { "kind", "EndpointSlice" }, { "apiVersion", "discovery.k8s.io/v1" },
            { "metadata", new JsonMap { { "name", "kubernetes" }, { "namespace", "default" }, { "labels", new JsonMap { { "kubernetes.io/service-name", "kubernetes" } } } } },
            { "addressType", family },
            { "endpoints", JsonList.Of(new JsonMap { { "addresses", JsonList.OfTexts([address]) }, { "conditions", new JsonMap { { "ready", true } } } }) },
            { "ports", JsonList.Of(port.Clone()) },
        }, "endpoints", cancel);
    }

    internal static async Task Put(ServerContext server, JsonMap wanted, string member, CancellationToken cancel)
    {
        var kind = KindOf(server, wanted);
        var metadata = wanted.Map("metadata")!;
        var (ns, name) = (metadata.Text("namespace")!, metadata.Text("name")!);
        if (server.Peek(kind.Collection, ns, name) is null)
        {
            await Ensure(server, wanted, cancel);
            return;
        }
        await Mutation.Run(server, kind, Request(kind, "update", ns, name, cancel), new("", "minik"), current =>
        {
            current.Set(member, wanted[member]!.Clone());
            if (wanted["ports"] is { } ports) current.Set("ports", ports.Clone());
            return current;
        });
    }

    private static Kind KindOf(ServerContext server, JsonMap obj)
    {
        var version = obj.Text("apiVersion")!;
        var slash = version.IndexOf('/');
        return server.Kinds.FindByName(slash < 0 ? "" : version[..slash], version[(slash + 1)..], obj.Text("kind")!)
            ?? throw new InvalidOperationException($"no kind {obj.Text("kind")} of {version}");
    }

    private static ApiRequest Request(Kind kind, string verb, string ns, string name, CancellationToken cancel) => new()
    {
        User = System, Cancel = cancel,
        Info = new RequestInfo
        {
            Verb = verb, Path = "", IsResource = true, Group = kind.Group, Version = kind.Version, Resource = kind.Plural, Namespace = ns, Name = name,
        },
    };
}
