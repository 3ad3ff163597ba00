using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>Which pods are meant where a workload or a service is named, and which container of a pod.</summary>
internal static class PodChoice
{
    public const string DefaultContainer = "kubectl.kubernetes.io/default-container";

    /// <summary>How to select the pods of an object; null for one that has none.</summary>
    public static string? SelectorOf(JsonMap o) => o.Kind() switch
    {
        "Service" or "ReplicationController" when o.Spec().Map("selector") is { Count: > 0 } labels => TablePrinter.Labels(labels),
        "Deployment" or "ReplicaSet" or "StatefulSet" or "DaemonSet" or "Job" when o.Spec().Map("selector") is { } selector => Selector.From(selector).ToString(),
        _ => null,
    };

    /// <summary>All pods of what is named.</summary>
    public static async Task<List<JsonMap>> All(Call call, Subject subject)
    {
        if (subject.Type is { Group: "", Plural: "pods" }) return [subject.Object];
        var selector = SelectorOf(subject.Object) ?? throw new Failure($"cannot get the pods from {subject.Type.Kind}: no selector");
        return await Subjects.List(call, await Pods(call), subject.Namespace, selector);
    }

    /// <summary>The one pod of what is named that is worth looking at first: running ones, ready ones, old ones.</summary>
    public static async Task<JsonMap> One(Call call, string word, bool tell = false)
    {
        var subject = await Subjects.One(call, word, "pods");
        var pods = await All(call, subject);
        if (pods.Count == 0) throw new Failure($"timed out waiting for the condition");
        var chosen = pods.OrderByDescending(Rank).ThenBy(p => p.Meta().Text("creationTimestamp"), StringComparer.Ordinal).ThenBy(p => p.Name(), StringComparer.Ordinal).First();
        if (tell && pods.Count > 1) call.Error.WriteLine($"Found {pods.Count} pods, using pod/{chosen.Name()}");
        return chosen;
    }

    public static async Task<ApiResource> Pods(Call call) => (await call.Discover()).Get("pods");

    public static IEnumerable<string> Names(JsonMap pod, string list) => pod.Spec().Maps(list).Select(c => c.Text("name") ?? "");

    /// <summary>The container that was named, or the usual one; of several, what was chosen is told.</summary>
    public static string Container(Call call, JsonMap pod, string named, bool quiet = false)
    {
        var containers = Names(pod, "containers").ToList();
        var others = Names(pod, "initContainers").ToList();
        var temporary = Names(pod, "ephemeralContainers").ToList();
        if (named.Length > 0)
            return containers.Contains(named) || others.Contains(named) || temporary.Contains(named) ? named : throw new Failure($"container {named} is not valid for pod {pod.Name()}");
        if (pod.Meta().Map("annotations")?.Text(DefaultContainer) is { Length: > 0 } usual)
        {
            if (containers.Contains(usual)) return usual;
            call.Error.WriteLine($"Default container name \"{usual}\" not found in pod {pod.Name()}");
        }
        if (containers.Count + others.Count + temporary.Count > 1 && !quiet)
        {
            var all = containers.Concat(temporary.Select(t => $"{t} (ephem)")).Concat(others.Select(o => $"{o} (init)"));
            call.Error.WriteLine($"Defaulted container \"{containers[0]}\" out of: {string.Join(", ", all)}");
        }
        return containers[0];
    }

    private static int Rank(JsonMap pod)
    {
        var ready = pod.Status().Maps("conditions").Any(c => c.Text("type") == "Ready" && c.Text("status") == "True");
        return (pod.Spec().Text("nodeName") is { Length: > 0 } ? 1 : 0) + (pod.Status().Text("phase") == "Running" ? 2 : 0) + (ready ? 4 : 0) - (pod.Meta().Has("deletionTimestamp") ? 8 : 0);
    }
}
