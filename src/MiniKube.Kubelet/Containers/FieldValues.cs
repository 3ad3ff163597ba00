using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Kubelet.Containers;

/// <summary>What fieldRef and resourceFieldRef stand for.</summary>
public static class FieldValues
{
    /// <summary>The facts about the pod that its object doesn't hold (yet).</summary>
    public sealed record Surroundings(string PodIP, string HostIP, string NodeName, IReadOnlyDictionary<string, Quantity> Allocatable);

    public static string? Field(Pod pod, string path, Surroundings around)
    {
        var metadata = pod.Metadata;
        if (Subscript(path, "metadata.annotations") is { } annotation) return metadata.Annotations?.GetValueOrDefault(annotation) ?? "";
        if (Subscript(path, "metadata.labels") is { } label) return metadata.Labels?.GetValueOrDefault(label) ?? "";
        return path switch
        {
            "metadata.name" => metadata.Name,
            "metadata.namespace" => metadata.Namespace,
            "metadata.uid" => metadata.Uid,
            "metadata.labels" => Lines(metadata.Labels),
            "metadata.annotations" => Lines(metadata.Annotations),
            "spec.nodeName" => around.NodeName,
            "spec.serviceAccountName" => pod.Spec?.ServiceAccountName ?? "",
            "status.hostIP" or "status.hostIPs" => around.HostIP,
            "status.podIP" or "status.podIPs" => around.PodIP,
            _ => null,
        };
    }

    /// <summary>A request or limit in units of the divisor, rounded up; what has no limit has the node's.</summary>
    public static string? Resource(Pod pod, Container? container, ResourceFieldSelector selector, Surroundings around)
    {
        var target = selector.ContainerName is { Length: > 0 } name
            ? (pod.Spec?.Containers ?? []).Concat(pod.Spec?.InitContainers ?? []).FirstOrDefault(c => c.Name == name)
            : container;
        if (target is null || selector.Resource?.Split('.', 2) is not [var list, var resource]) return null;
        var amounts = list == "limits" ? target.Resources?.Limits : target.Resources?.Requests;
        var amount = amounts?.TryGetValue(resource, out var set) == true ? set
            : list == "limits" && around.Allocatable.TryGetValue(resource, out var all) ? all
            : Quantity.Zero;
        var divisor = selector.Divisor is { IsZero: false } given ? given : Quantity.Of(1);
        var (whole, rest) = System.Numerics.BigInteger.DivRem(amount.Nano, divisor.Nano);
        return (rest.IsZero ? whole : whole + 1).ToString();
    }

    private static string? Subscript(string path, string of) =>
        path.StartsWith(of + "['", StringComparison.Ordinal) && path.EndsWith("']", StringComparison.Ordinal) ? path[(of.Length + 2)..^2] : null;

    private static string Lines(IReadOnlyDictionary<string, string>? pairs) =>
        string.Join('\n', (pairs ?? new Dictionary<string, string>()).OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => $"{p.Key}={Status.GoText.Quoted(p.Value)}"));
}
