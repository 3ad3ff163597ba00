using System.Net;
using System.Security.Cryptography;
using MiniKube.Machinery;
using MiniKube.Store;

namespace MiniKube.Server;

/// <summary>
/// Gives services their addresses and node ports. Each one taken is an object of its own, created in the same
/// transaction as the service: two creators can't get the same, and a crash can't lose one.
/// </summary>
internal sealed class ServiceAddresses : IAdmission
{
    private const string Addresses = "ipaddresses.networking.k8s.io";
    private const string NodePorts = "nodeports.minik.io";
    private const int RandomTries = 64;

    // Enough to choose from, however large an IPv6 range is.
    private const int MostAddresses = 1 << 20;

    public ValueTask<ApiError?> Admit(ServerContext server, AdmissionRequest request)
    {
        if (!request.Is("", "services") || request.Subresource.Length > 0) return ValueTask.FromResult<ApiError?>(null);
        foreach (var change in Releases(server, Held(request.Old), new Holdings([], []))) request.AlongsideRemoval.Add(change);
        if (request.Operation == AdmissionOperation.Delete) return ValueTask.FromResult<ApiError?>(null);
        var errors = new List<FieldError>();
        Allocate(server, request, errors);
        return ValueTask.FromResult(errors.Count == 0 ? null : ApiError.Invalid("", "Service", request.Name, errors));
    }

    private sealed record Holdings(HashSet<string> Addresses, HashSet<long> Ports);

    private static Holdings Held(JsonMap? service)
    {
        var spec = service?.Map("spec");
        var addresses = (spec?.List("clusterIPs") ?? []).Texts().Where(a => a is not ("None" or "")).ToHashSet();
        var ports = (spec?.List("ports") ?? []).Maps().Select(p => p.Whole("nodePort") ?? 0).Append(spec?.Whole("healthCheckNodePort") ?? 0).Where(p => p > 0).ToHashSet();
        return new(addresses, ports);
    }

    private static void Allocate(ServerContext server, AdmissionRequest request, List<FieldError> errors)
    {
        var spec = request.Object!.MapOrNew("spec");
        var before = Held(request.Old);
        var network = ServiceNetwork.Parse(server.Options.ServiceCidr);
        if (spec.Text("type") == "ExternalName")
        {
            foreach (var member in new[] { "clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy" }) spec.Remove(member);
        }
        else
        {
            ClusterAddress(server, spec, before, network, errors);
        }
        Ports(server, spec, before, errors);
        if (errors.Count > 0) return;
        var after = Held(request.Object);
        foreach (var address in after.Addresses.Except(before.Addresses)) request.Alongside.Add(Reserve(server, request, address));
        foreach (var port in after.Ports.Except(before.Ports))
            request.Alongside.Add(new Change.Put(PortKey(port), new Template(JsonWriter.ToUtf8(new JsonMap { { "service", $"{request.Namespace}/{request.Name}" } })), IfRevision: 0));
        foreach (var release in Releases(server, before, after)) request.Alongside.Add(release);
    }

    private static void ClusterAddress(ServerContext server, JsonMap spec, Holdings before, ServiceNetwork network, List<FieldError> errors)
    {
        var family = network.Base.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? "IPv4" : "IPv6";
        if (spec.List("ipFamilies") is null or { Count: 0 }) spec.Set("ipFamilies", JsonList.OfTexts([family]));
        if (spec.Text("ipFamilyPolicy") is null) spec.Set("ipFamilyPolicy", "SingleStack");
        var wanted = spec.Text("clusterIP") ?? "";
        if (wanted.Length == 0 && spec.List("clusterIPs") is { Count: > 0 } several) wanted = (several[0] as JsonText)?.Value ?? "";
        if (wanted.Length == 0)
        {
            if (Free(server, network) is not { } found)
            {
                errors.Add(new FieldError("spec.clusterIPs", FieldFault.Internal, "failed to allocate a serviceIP: range is full"));
                return;
            }
            wanted = found.ToString();
        }
        else if (wanted != "None" && !before.Addresses.Contains(wanted) && IPAddress.TryParse(wanted, out var address))
        {
            var shown = JsonList.OfTexts([wanted]);
            if (!network.Contains(address))
                errors.Add(FieldError.Invalid("spec.clusterIPs", shown, $"failed to allocate IP {wanted}: the provided network does not match the current range"));
            else if (Taken(server, wanted))
                errors.Add(FieldError.Invalid("spec.clusterIPs", shown, $"failed to allocate IP {wanted}: provided IP is already allocated"));
        }
        spec.Set("clusterIP", wanted);
        spec.Set("clusterIPs", JsonList.OfTexts([wanted]));
    }

    private static void Ports(ServerContext server, JsonMap spec, Holdings before, List<FieldError> errors)
    {
        var type = spec.Text("type") ?? "ClusterIP";
        var needed = type == "NodePort" || type == "LoadBalancer" && spec.Bool("allocateLoadBalancerNodePorts") != false;
        var (first, last) = server.Options.NodePorts;
        var ports = (spec.List("ports") ?? []).Maps().ToList();
        var chosen = ports.Select(p => p.Whole("nodePort") ?? 0).Where(p => p > 0).ToHashSet();
        for (var i = 0; i < ports.Count; i++)
        {
            var asked = ports[i].Whole("nodePort") ?? 0;
            if (asked > 0)
            {
                if (before.Ports.Contains(asked)) continue;
                if (asked < first || asked > last)
                    errors.Add(FieldError.Invalid($"spec.ports[{i}].nodePort", asked, $"provided port is not in the valid range. The range of valid ports is {first}-{last}"));
                else if (server.Store.Get(PortKey(asked)) is not null)
                    errors.Add(FieldError.Invalid($"spec.ports[{i}].nodePort", asked, "provided port is already allocated"));
            }
            else if (needed)
            {
                // The same number serves TCP and UDP of one port (DNS), as upstream does it.
                var twin = ports.Take(i).FirstOrDefault(p => p.Whole("port") == ports[i].Whole("port") && p.Text("protocol") != ports[i].Text("protocol"))?.Whole("nodePort");
                var port = twin is > 0 ? twin.Value : FreePort(server, chosen);
                if (port == 0)
                {
                    errors.Add(new FieldError($"spec.ports[{i}].nodePort", FieldFault.Internal, "failed to allocate a nodePort: range is full"));
                    return;
                }
                chosen.Add(port);
                ports[i].Set("nodePort", port);
            }
        }
        var healthChecked = type == "LoadBalancer" && spec.Text("externalTrafficPolicy") == "Local";
        if (healthChecked && spec.Whole("healthCheckNodePort") is null or 0 && FreePort(server, chosen) is > 0 and var health) spec.Set("healthCheckNodePort", health);
        else if (!healthChecked) spec.Remove("healthCheckNodePort");
    }

    private static IPAddress? Free(ServerContext server, ServiceNetwork network)
    {
        var most = (int)System.Numerics.BigInteger.Min(network.Size, MostAddresses);
        var asked = AskedFor(most, 16, 256);
        bool Open(int offset) => !Reserved(server, network, offset) && !Taken(server, network.At(offset).ToString());
        for (var i = 0; i < RandomTries; i++)
            if (asked + 1 + RandomNumberGenerator.GetInt32(most - asked) is var offset && Open(offset)) return network.At(offset);
        for (var offset = asked + 1; offset <= most; offset++)
            if (Open(offset)) return network.At(offset);
        for (var offset = 1; offset <= asked; offset++)
            if (Open(offset)) return network.At(offset);
        return null;
    }

    /// <summary>How much of the lower end of a range is left to those who ask for a certain one, as long as there is anything else.</summary>
    internal static int AskedFor(int size, int part, int most) => size <= 16 ? 0 : Math.Clamp(size / part, 16, most);

    // The API server's own address and DNS's are given by name, never by chance.
    private static bool Reserved(ServerContext server, ServiceNetwork network, int offset) => offset == 1 || network.At(offset).ToString() == server.Options.ClusterDns;

    private static bool Taken(ServerContext server, string address) => server.Find(Addresses, "", Name(address)) is not null;

    private static long FreePort(ServerContext server, HashSet<long> chosen)
    {
        var (first, last) = server.Options.NodePorts;
        var size = last - first + 1;
        var asked = AskedFor(size, 32, 128);
        var start = RandomNumberGenerator.GetInt32(size - asked);
        for (var i = 0; i < size; i++)
        {
            long port = i < size - asked ? first + asked + (start + i) % (size - asked) : first + (size - 1 - i);
            if (!chosen.Contains(port) && server.Store.Get(PortKey(port)) is null) return port;
        }
        return 0;
    }

    private static Change.Put Reserve(ServerContext server, AdmissionRequest request, string address)
    {
        var family = address.Contains(':') ? "IPv6" : "IPv4";
        var obj = new JsonMap
        {
            { "kind", "IPAddress" }, { "apiVersion", "networking.k8s.io/v1" },
            {
                "metadata", new JsonMap
                {
                    { "name", Name(address) }, { "uid", server.Names.Uid() }, { "creationTimestamp", server.Timestamp },
                    { "labels", new JsonMap { { "ipaddress.kubernetes.io/ip-family", family }, { "ipaddress.kubernetes.io/managed-by", "ipallocator.k8s.io" } } },
                }
            },
            {
                "spec", new JsonMap
                {
                    { "parentRef", new JsonMap { { "group", "" }, { "resource", "services" }, { "namespace", request.Namespace }, { "name", request.Name } } },
                }
            },
        };
        return new Change.Put(new ObjectKey(Addresses, "", Name(address)), ObjectCodec.Encode(obj), IfRevision: 0);
    }

    private static IEnumerable<Change> Releases(ServerContext server, Holdings before, Holdings after)
    {
        foreach (var address in before.Addresses.Except(after.Addresses))
            if (Taken(server, address)) yield return new Change.Delete(new ObjectKey(Addresses, "", Name(address)), null);
        foreach (var port in before.Ports.Except(after.Ports))
            if (server.Store.Get(PortKey(port)) is not null) yield return new Change.Delete(PortKey(port), null);
    }

    private static ObjectKey PortKey(long port) => new(NodePorts, "", port.ToString(System.Globalization.CultureInfo.InvariantCulture));

    private static string Name(string address) => address.Replace(':', '-');
}
