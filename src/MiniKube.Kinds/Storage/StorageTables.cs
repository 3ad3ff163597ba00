using MiniKube.Machinery;

namespace MiniKube.Kinds.Storage;

internal static class StorageTables
{
    public static readonly IReadOnlyList<Column> StorageClass =
    [
        new("Name", "string", (c, _) => IsDefault(c) ? c.Meta().Text("name") + " (default)" : c.Meta().Text("name") ?? "") { Format = "name" },
        Cells.Text("Provisioner", c => c.Text("provisioner") ?? ""),
        Cells.Text("ReclaimPolicy", c => c.Text("reclaimPolicy") ?? "Delete"),
        Cells.Text("VolumeBindingMode", c => c.Text("volumeBindingMode") ?? Cells.Unset),
        Cells.Flag("AllowVolumeExpansion", c => c.Bool("allowVolumeExpansion") == true, "string"),
        Cells.Age,
    ];

    public static readonly IReadOnlyList<Column> VolumeAttachment =
    [
        Cells.Name,
        Cells.Text("Attacher", a => a.Spec().Text("attacher") ?? ""),
        Cells.Text("PV", a => a.Spec().Map("source")?.Text("persistentVolumeName") ?? ""),
        Cells.Text("Node", a => a.Spec().Text("nodeName") ?? ""),
        Cells.Flag("Attached", a => a.Status().Bool("attached") == true),
        Cells.Age,
    ];

    public static readonly IReadOnlyList<Column> CSIDriver =
    [
        Cells.Name,
        Cells.Flag("AttachRequired", d => d.Spec().Bool("attachRequired") ?? true),
        Cells.Flag("PodInfoOnMount", d => d.Spec().Bool("podInfoOnMount") == true),
        Cells.Flag("StorageCapacity", d => d.Spec().Bool("storageCapacity") == true),
        Cells.Text("TokenRequests", d => string.Join(',', d.Spec().Maps("tokenRequests").Select(t => t.Text("audience"))).Or(Cells.Unset)),
        Cells.Flag("RequiresRepublish", d => d.Spec().Bool("requiresRepublish") == true),
        Cells.Text("Modes", d => string.Join(',', (d.Spec().List("volumeLifecycleModes") ?? []).Texts()).Or(Cells.None)),
        Cells.Age,
    ];

    public static readonly IReadOnlyList<Column> CSINode = [Cells.Name, Cells.Whole("Drivers", n => n.Spec().List("drivers")?.Count ?? 0), Cells.Age];

    public static readonly IReadOnlyList<Column> VolumeAttributesClass =
    [
        new("Name", "string", (c, _) => IsDefault(c, "volumeattributesclass") ? c.Meta().Text("name") + " (default)" : c.Meta().Text("name") ?? "") { Format = "name" },
        Cells.Text("DriverName", c => c.Text("driverName") ?? ""),
        Cells.Age,
    ];

    private static bool IsDefault(JsonMap kind, string prefix = "storageclass")
    {
        var notes = kind.Meta().Map("annotations");
        return notes?.Text($"{prefix}.kubernetes.io/is-default-class") == "true" || notes?.Text($"{prefix}.beta.kubernetes.io/is-default-class") == "true";
    }
}
