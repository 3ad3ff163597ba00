using MiniKube.Machinery;

namespace MiniKube.Kinds.Apps;

internal static class AppsTables
{
    public static readonly IReadOnlyList<Column> Deployment =
    [
        Cells.Name,
        Cells.Text("Ready", d => $"{d.Status().Whole("readyReplicas") ?? 0}/{d.Spec().Whole("replicas") ?? 0}"),
        Cells.Whole("Up-to-date", d => d.Status().Whole("updatedReplicas") ?? 0, "string"),
        Cells.Whole("Available", d => d.Status().Whole("availableReplicas") ?? 0, "string"),
        Cells.Age, .. Cells.Workload, Cells.WorkloadSelector,
    ];

    public static readonly IReadOnlyList<Column> ReplicaSet =
    [
        Cells.Name,
        Cells.Whole("Desired", r => r.Spec().Whole("replicas") ?? 0),
        Cells.Whole("Current", r => r.Status().Whole("replicas") ?? 0),
        Cells.Whole("Ready", r => r.Status().Whole("readyReplicas") ?? 0),
        Cells.Age, .. Cells.Workload, Cells.WorkloadSelector,
    ];

    public static readonly IReadOnlyList<Column> StatefulSet =
    [
        Cells.Name,
        Cells.Text("Ready", s => $"{s.Status().Whole("readyReplicas") ?? 0}/{s.Spec().Whole("replicas") ?? 0}"),
        Cells.Age, .. Cells.Workload,
    ];

    public static readonly IReadOnlyList<Column> DaemonSet =
    [
        Cells.Name,
        Cells.Whole("Desired", d => d.Status().Whole("desiredNumberScheduled") ?? 0),
        Cells.Whole("Current", d => d.Status().Whole("currentNumberScheduled") ?? 0),
        Cells.Whole("Ready", d => d.Status().Whole("numberReady") ?? 0),
        Cells.Whole("Up-to-date", d => d.Status().Whole("updatedNumberScheduled") ?? 0),
        Cells.Whole("Available", d => d.Status().Whole("numberAvailable") ?? 0),
        Cells.Text("Node Selector", d => Cells.Labels(Cells.PodSpec(d)?.Map("nodeSelector"))),
        Cells.Age, .. Cells.Workload, Cells.WorkloadSelector,
    ];

    public static readonly IReadOnlyList<Column> ControllerRevision =
    [
        Cells.Name,
        Cells.Text("Controller", Controller),
        Cells.Whole("Revision", r => r.Whole("revision") ?? 0, "string"),
        Cells.Age,
    ];

    private static string Controller(JsonMap revision)
    {
        if (revision.Meta().Maps("ownerReferences").FirstOrDefault(o => o.Bool("controller") == true) is not { } owner) return Cells.None;
        var version = owner.Text("apiVersion") ?? "";
        var group = version.Contains('/') ? "." + version[..version.IndexOf('/')] : "";
        return $"{owner.Text("kind")?.ToLowerInvariant()}{group}/{owner.Text("name")}";
    }
}
