using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

/// <summary>Which nodes a daemon belongs on. The scheduler puts it there in the end; this decides that it is made for that node.</summary>
public static class DaemonPlacement
{
    private static readonly (string Key, string Effect)[] Tolerated =
    [
        ("node.kubernetes.io/not-ready", "NoExecute"), ("node.kubernetes.io/unreachable", "NoExecute"),
        ("node.kubernetes.io/disk-pressure", "NoSchedule"), ("node.kubernetes.io/memory-pressure", "NoSchedule"),
        ("node.kubernetes.io/pid-pressure", "NoSchedule"), ("node.kubernetes.io/unschedulable", "NoSchedule"),
    ];

    private const string Network = "node.kubernetes.io/network-unavailable";

    /// <summary>Whether a pod should be made there, and whether one that is there may stay.</summary>
    public static (bool ShouldRun, bool MayStay) On(Item<Node> node, PodSpec spec)
    {
        if (spec.NodeName is { Length: > 0 } fixedNode && fixedNode != node.Name) return (false, false);
        if (!NodeMatch.Allows(spec, node.Name, node.Meta.Labels)) return (false, false);
        var untolerated = (node.Value.Spec?.Taints ?? []).Where(t => t.Effect is "NoSchedule" or "NoExecute" && !IsTolerated(t, spec)).ToArray();
        return (untolerated.Length == 0, !untolerated.Any(t => t.Effect == "NoExecute"));
    }

    private static bool IsTolerated(Taint taint, PodSpec spec) =>
        Tolerated.Any(t => t.Key == taint.Key && t.Effect == taint.Effect) ||
        spec.HostNetwork == true && taint is { Key: Network, Effect: "NoSchedule" } ||
        (spec.Tolerations ?? []).Any(t => NodeMatch.Tolerates(t, taint));

    /// <summary>The node a daemon pod was made for, bound or not.</summary>
    public static string? TargetOf(Item<Pod> pod)
    {
        if (pod.NodeName() is { Length: > 0 } bound) return bound;
        foreach (var term in pod.Value.Spec?.Affinity?.NodeAffinity?.RequiredDuringSchedulingIgnoredDuringExecution?.NodeSelectorTerms ?? [])
            foreach (var field in term.MatchFields ?? [])
                if (field is { Key: "metadata.name", Operator: "In", Values: [var name] }) return name;
        return null;
    }

    public static JsonMap Pod(DaemonSetSeen seen, string node, string hash)
    {
        var pod = PodTemplates.Pod(seen.Template, seen.Set);
        var labels = pod.Map("metadata")!.MapOrNew("labels");
        labels.Set("controller-revision-hash", hash);
        if (seen.Set.Meta.Annotation("deprecated.daemonset.template.generation") is { } generation) labels.Set("pod-template-generation", generation);
        var spec = pod.MapOrNew("spec");
        Pin(spec, node);
        var tolerations = spec.ListOrNew("tolerations");
        foreach (var (key, effect) in Tolerated) Tolerate(tolerations, key, effect);
        if (spec.Bool("hostNetwork") == true) Tolerate(tolerations, Network, "NoSchedule");
        return pod;
    }

    /// <summary>Every required term gets the node's name: terms are alternatives.</summary>
    private static void Pin(JsonMap spec, string node)
    {
        var fields = JsonList.Of(new JsonMap { { "key", "metadata.name" }, { "operator", "In" }, { "values", JsonList.OfTexts([node]) } });
        var required = spec.MapOrNew("affinity").MapOrNew("nodeAffinity").MapOrNew("requiredDuringSchedulingIgnoredDuringExecution");
        var terms = required.ListOrNew("nodeSelectorTerms");
        if (terms.Count == 0) terms.Add(new JsonMap());
        foreach (var term in terms.Maps()) term["matchFields"] = fields.Clone();
    }

    private static void Tolerate(JsonList tolerations, string key, string effect)
    {
        if (tolerations.Maps().Any(t => t.Text("key") == key && t.Text("effect") == effect && t.Text("operator") == "Exists")) return;
        tolerations.Add(new JsonMap { { "key", key }, { "operator", "Exists" }, { "effect", effect } });
    }
}
