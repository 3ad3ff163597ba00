using MiniKube.Kinds.Core;

namespace MiniKube.Network.Environment;

/// <summary>The variables that announce services to pods: NAME_SERVICE_HOST, NAME_SERVICE_PORT and the older NAME_PORT family.</summary>
public static class ServiceVariables
{
    /// <summary>The "kubernetes" service of namespace default always; those of the pod's namespace when links are wanted.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> For(IEnumerable<Service> all, string ns, bool links)
    {
        var chosen = new Dictionary<string, Service>(StringComparer.Ordinal);
        foreach (var service in all)
        {
            if (service.Spec?.ClusterIP is null or "" or "None") continue;
            var name = service.Metadata.Name!;
            if (service.Metadata.Namespace == ns && links) chosen[name] = service;
            else if (service.Metadata.Namespace == "default" && name == "kubernetes") chosen.TryAdd(name, service);
        }
        var result = new List<KeyValuePair<string, string>>();
        foreach (var service in chosen.Values.OrderBy(s => s.Metadata.CreationTimestamp).ThenBy(s => s.Metadata.Name, StringComparer.Ordinal)) Add(result, service);
        return result;
    }

    private static void Add(List<KeyValuePair<string, string>> result, Service service)
    {
        var prefix = Upper(service.Metadata.Name!);
        var (address, ports) = (service.Spec!.ClusterIP!, service.Spec.Ports ?? []);
        void Put(string key, string value) => result.Add(new($"{prefix}_{key}", value));

        if (ports.Count == 0) return;
        Put("SERVICE_HOST", address);
        Put("SERVICE_PORT", $"{ports[0].Port}");
        foreach (var port in ports)
            if (port.Name is { Length: > 0 } name) Put($"SERVICE_PORT_{Upper(name)}", $"{port.Port}");
        foreach (var (index, port) in ports.Index())
        {
            var protocol = port.Protocol ?? "TCP";
            var url = $"{protocol.ToLowerInvariant()}://{address}:{port.Port}";
            if (index == 0) Put("PORT", url);
            var family = $"PORT_{port.Port}_{protocol}";
            Put(family, url);
            Put($"{family}_PROTO", protocol.ToLowerInvariant());
            Put($"{family}_PORT", $"{port.Port}");
            Put($"{family}_ADDR", address);
        }
    }

    private static string Upper(string name) => name.ToUpperInvariant().Replace('-', '_');
}
