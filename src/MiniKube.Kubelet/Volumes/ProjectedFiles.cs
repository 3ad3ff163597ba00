using System.Text;
using MiniKube.Kinds.Core;
using MiniKube.Kubelet.Containers;
using MiniKube.Kubelet.Files;

namespace MiniKube.Kubelet.Volumes;

/// <summary>What the files of config volumes hold: keys as files, all or the listed ones under their new paths.</summary>
internal static class ProjectedFiles
{
    public static (IReadOnlyList<VolumeFile> Files, string? Fault) Of(ConfigMap? map, string name, string ns, IReadOnlyList<KeyToPath>? items, bool optional, int mode)
    {
        if (map is null) return optional ? ([], null) : ([], $"configmap \"{name}\" not found");
        var data = (map.Data ?? new Dictionary<string, string>()).ToDictionary(p => p.Key, p => Encoding.UTF8.GetBytes(p.Value));
        foreach (var (key, value) in map.BinaryData ?? new Dictionary<string, byte[]>()) data[key] = value;
        return Pick(data, items, optional, mode, "configmap");
    }

    public static (IReadOnlyList<VolumeFile> Files, string? Fault) Of(Secret? secret, string name, string ns, IReadOnlyList<KeyToPath>? items, bool optional, int mode)
    {
        if (secret is null) return optional ? ([], null) : ([], $"secret \"{name}\" not found");
        return Pick((secret.Data ?? new Dictionary<string, byte[]>()).ToDictionary(p => p.Key, p => p.Value), items, optional, mode, "secret");
    }

    public static (IReadOnlyList<VolumeFile> Files, string? Fault) Of(Pod pod, IReadOnlyList<DownwardAPIVolumeFile>? items, int mode, FieldValues.Surroundings around)
    {
        var files = new List<VolumeFile>();
        foreach (var item in items ?? [])
        {
            var value = item.FieldRef?.FieldPath is { } path ? FieldValues.Field(pod, path, around)
                : item.ResourceFieldRef is { } resource ? FieldValues.Resource(pod, null, resource, around)
                : null;
            if (value is null) return ([], $"the field of {item.Path} can't be resolved");
            files.Add(new(item.Path!, Encoding.UTF8.GetBytes(value), item.Mode ?? mode));
        }
        return (files, null);
    }

    private static (IReadOnlyList<VolumeFile> Files, string? Fault) Pick(Dictionary<string, byte[]> data, IReadOnlyList<KeyToPath>? items, bool optional, int mode, string kind)
    {
        if (items is not { Count: > 0 }) return ([.. data.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => new VolumeFile(p.Key, p.Value, mode))], null);
        var files = new List<VolumeFile>();
        foreach (var item in items)
        {
            if (data.TryGetValue(item.Key!, out var content)) files.Add(new(item.Path!, content, item.Mode ?? mode));
            else if (!optional) return ([], $"{kind} references non-existent {(kind == "secret" ? "secret" : "config")} key: {item.Key}");
        }
        return (files, null);
    }
}
