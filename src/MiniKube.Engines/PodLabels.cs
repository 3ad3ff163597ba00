using System.Globalization;
using MiniKube.Kubelet;

namespace MiniKube.Engines;

/// <summary>What sandboxes and containers are found again by, on every engine.</summary>
internal static class PodLabels
{
    public static Dictionary<string, string> Of(SandboxSpec spec, string node)
    {
        var labels = Of(spec.Pod, spec.Attempt, node, spec.Labels);
        labels[Labels.Kind] = Labels.Sandbox;
        if (spec.HostNetwork) labels[Labels.HostNetwork] = "true";
        if (spec.Users is { } users) labels[Labels.Users] = $"{users}";
        return labels;
    }

    public static Dictionary<string, string> Of(ContainerSpec spec, string node)
    {
        var labels = Of(spec.Pod, spec.Attempt, node, spec.Labels);
        labels[Labels.Kind] = Labels.Container;
        labels[Labels.ContainerName] = spec.Name;
        return labels;
    }

    public static PodIdentity Pod(Dictionary<string, string> labels) => new(labels.GetValueOrDefault(Labels.PodUid, ""),
        labels.GetValueOrDefault(Labels.PodNamespace, ""), labels.GetValueOrDefault(Labels.PodName, ""));

    public static int Attempt(Dictionary<string, string> labels) =>
        int.TryParse(labels.GetValueOrDefault(Labels.Attempt), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    private static Dictionary<string, string> Of(PodIdentity pod, int attempt, string node, IReadOnlyDictionary<string, string> more) => new(more)
    {
        [Labels.Node] = node,
        [Labels.PodUid] = pod.Uid,
        [Labels.PodNamespace] = pod.Namespace,
        [Labels.PodName] = pod.Name,
        [Labels.Attempt] = attempt.ToString(CultureInfo.InvariantCulture),
    };
}
