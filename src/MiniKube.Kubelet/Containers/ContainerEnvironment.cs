using System.Text;
using MiniKube.Kinds.Core;

namespace MiniKube.Kubelet.Containers;

/// <summary>The environment of a container: services first, then whole ConfigMaps and Secrets, then single variables, later ones winning.</summary>
public static class ContainerEnvironment
{
    /// <summary>Data of a ConfigMap or Secret by name; null when there is none.</summary>
    public sealed record Sources(Func<string, ConfigMap?> ConfigMap, Func<string, Secret?> Secret, FieldValues.Surroundings Around,
        IReadOnlyList<KeyValuePair<string, string>> Services)
    {
        /// <summary>The text of a file in a volume, by the volume's name and the path in it; null when there is none.</summary>
        public Func<string, string, string?> VolumeFile { get; init; } = static (_, _) => null;
    }

    /// <summary>The variables in order, or why the container can't be configured.</summary>
    public static (IReadOnlyList<KeyValuePair<string, string>> Variables, string? Fault) Of(Pod pod, Container container, Sources sources)
    {
        var ns = pod.Metadata.Namespace ?? "";
        var result = new OrderedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var source in container.EnvFrom ?? [])
        {
            IEnumerable<KeyValuePair<string, string>> data;
            if (source.ConfigMapRef is { Name: { } map } mapRef)
            {
                if (sources.ConfigMap(map) is { } found) data = found.Data ?? new Dictionary<string, string>();
                else if (mapRef.Optional == true) continue;
                else return ([], $"configmap \"{map}\" not found");
            }
            else if (source.SecretRef is { Name: { } secret } secretRef)
            {
                if (sources.Secret(secret) is { } found) data = Texts(found);
                else if (secretRef.Optional == true) continue;
                else return ([], $"secret \"{secret}\" not found");
            }
            else
            {
                continue;
            }
            foreach (var (key, value) in data.OrderBy(p => p.Key, StringComparer.Ordinal)) result[source.Prefix + key] = value;
        }

        var services = new Dictionary<string, string>(sources.Services, StringComparer.Ordinal);
        foreach (var variable in container.Env ?? [])
        {
            var (value, fault) = variable.ValueFrom is { } from
                ? From(pod, container, from, sources, ns)
                : (Expansion.Expand(variable.Value ?? "", n => result.TryGetValue(n, out var own) ? own : services.GetValueOrDefault(n)), null);
            if (fault is not null) return ([], fault);
            if (value is not null) result[variable.Name!] = value;
        }
        foreach (var (key, value) in sources.Services) result.TryAdd(key, value);
        return ([.. result], null);
    }

    private static (string? Value, string? Fault) From(Pod pod, Container container, EnvVarSource from, Sources sources, string ns)
    {
        if (from.FieldRef?.FieldPath is { } path) return FieldValues.Field(pod, path, sources.Around) is { } field ? (field, null) : (null, $"unsupported fieldPath: {path}");
        if (from.ResourceFieldRef is { } resource) return FieldValues.Resource(pod, container, resource, sources.Around) is { } amount ? (amount, null) : (null, $"unsupported container resource: {resource.Resource}");
        if (from.ConfigMapKeyRef is { } map)
        {
            if (sources.ConfigMap(map.Name ?? "") is not { } found) return map.Optional == true ? (null, null) : (null, $"configmap \"{map.Name}\" not found");
            if (found.Data?.TryGetValue(map.Key ?? "", out var value) == true) return (value, null);
            return map.Optional == true ? (null, null) : (null, $"couldn't find key {map.Key} in ConfigMap {ns}/{map.Name}");
        }
        if (from.SecretKeyRef is { } secret)
        {
            if (sources.Secret(secret.Name ?? "") is not { } found) return secret.Optional == true ? (null, null) : (null, $"secret \"{secret.Name}\" not found");
            if (found.Data?.TryGetValue(secret.Key ?? "", out var value) == true) return (Encoding.UTF8.GetString(value), null);
            return secret.Optional == true ? (null, null) : (null, $"couldn't find key {secret.Key} in Secret {ns}/{secret.Name}");
        }
        if (from.FileKeyRef is { } file)
        {
            // Where the file is on the host is nobody's business: it is named as the pod names it.
            if (sources.VolumeFile(file.VolumeName ?? "", file.Path ?? "") is not { } text) return file.Optional == true ? (null, null) : (null, "couldn't parse env file");
            var (value, fault) = EnvFile.Find(text, file.Key ?? "");
            if (fault is not null) return (null, $"couldn't parse env file: {fault}");
            if (value.Length > 0) return (value, null);
            return file.Optional == true ? (null, null) : (null, $"environment variable key \"{file.Key}\" not found in file \"{file.Path}\"");
        }
        return (null, null);
    }

    private static IEnumerable<KeyValuePair<string, string>> Texts(Secret secret) =>
        (secret.Data ?? new Dictionary<string, byte[]>()).Select(p => KeyValuePair.Create(p.Key, Encoding.UTF8.GetString(p.Value)));
}
