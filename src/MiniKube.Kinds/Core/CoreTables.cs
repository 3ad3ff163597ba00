using System.Globalization;
using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

/// <summary>Columns and selectable fields of the core kinds that need no more than a few lines each.</summary>
internal static class CoreTables
{
    public static readonly IReadOnlyList<Column> Service =
    [
        Cells.Name,
        Cells.Text("Type", s => s.Spec().Text("type") ?? ""),
        Cells.Text("Cluster-IP", s => (s.Spec().List("clusterIPs")?.Texts().FirstOrDefault() ?? s.Spec().Text("clusterIP")).Or(Cells.None)),
        Cells.Text("External-IP", ExternalIP),
        Cells.Text("Port(s)", Ports),
        Cells.Age,
        Cells.Wide(Cells.Text("Selector", s => Cells.Labels(s.Spec().Map("selector")))),
    ];

    public static readonly IReadOnlyList<SelectableField> ServiceFields = [Cells.Field("spec.clusterIP"), Cells.Field("spec.type")];

    public static readonly IReadOnlyList<Column> Namespace = [Cells.Name, Cells.Text("Status", n => n.Status().Text("phase") ?? ""), Cells.Age];
    public static readonly IReadOnlyList<SelectableField> NamespaceFields = [Cells.Field("status.phase")];

    public static readonly IReadOnlyList<Column> Node =
    [
        Cells.Name,
        Cells.Text("Status", NodeStatus),
        Cells.Text("Roles", Roles),
        Cells.Age,
        Cells.Text("Version", n => NodeInfo(n, "kubeletVersion")),
        Cells.Wide(Cells.Text("Internal-IP", n => Address(n, "InternalIP"))),
        Cells.Wide(Cells.Text("External-IP", n => Address(n, "ExternalIP"))),
        Cells.Wide(Cells.Text("OS-Image", n => NodeInfo(n, "osImage").Or(Cells.Unknown))),
        Cells.Wide(Cells.Text("Kernel-Version", n => NodeInfo(n, "kernelVersion").Or(Cells.Unknown))),
        Cells.Wide(Cells.Text("Container-Runtime", n => NodeInfo(n, "containerRuntimeVersion").Or(Cells.Unknown))),
    ];

    public static readonly IReadOnlyList<SelectableField> NodeFields = [Cells.Field("spec.unschedulable", "false")];

    public static readonly IReadOnlyList<Column> ConfigMap =
        [Cells.Name, Cells.Whole("Data", m => (m.Map("data")?.Count ?? 0) + (m.Map("binaryData")?.Count ?? 0), "string"), Cells.Age];

    public static readonly IReadOnlyList<Column> Secret =
        [Cells.Name, Cells.Text("Type", s => s.Text("type") ?? ""), Cells.Whole("Data", s => s.Map("data")?.Count ?? 0, "string"), Cells.Age];

    public static readonly IReadOnlyList<SelectableField> SecretFields = [Cells.Field("type")];

    public static readonly IReadOnlyList<Column> Endpoints = [Cells.Name, Cells.Text("Endpoints", Subsets), Cells.Age];

    public static readonly IReadOnlyList<Column> PersistentVolume =
    [
        Cells.Name,
        Cells.Text("Capacity", v => Cells.Show(v.Spec().Map("capacity")?["storage"], "0")),
        Cells.Text("Access Modes", v => Cells.AccessModes(v.Spec().List("accessModes"))),
        Cells.Text("Reclaim Policy", v => v.Spec().Text("persistentVolumeReclaimPolicy") ?? ""),
        Cells.Text("Status", Phase),
        Cells.Text("Claim", v => v.Spec().Map("claimRef") is { } claim ? $"{claim.Text("namespace")}/{claim.Text("name")}" : ""),
        Cells.Text("StorageClass", v => v.Spec().Text("storageClassName") ?? ""),
        Cells.Text("VolumeAttributesClass", v => v.Spec().Text("volumeAttributesClassName") ?? Cells.Unset),
        Cells.Text("Reason", v => v.Status().Text("reason") ?? ""),
        Cells.Age,
        Cells.Wide(Cells.Text("VolumeMode", v => v.Spec().Text("volumeMode") ?? Cells.Unset)),
    ];

    public static readonly IReadOnlyList<Column> PersistentVolumeClaim =
    [
        Cells.Name,
        Cells.Text("Status", Phase),
        Cells.Text("Volume", c => c.Spec().Text("volumeName") ?? ""),
        Cells.Text("Capacity", c => IsBound(c) ? Cells.Show(c.Status().Map("capacity")?["storage"], "0") : ""),
        Cells.Text("Access Modes", c => IsBound(c) ? Cells.AccessModes(c.Status().List("accessModes")) : ""),
        Cells.Text("StorageClass", c => c.Spec().Text("storageClassName") ?? ""),
        Cells.Text("VolumeAttributesClass", c => c.Spec().Text("volumeAttributesClassName") ?? Cells.Unset),
        Cells.Age,
        Cells.Wide(Cells.Text("VolumeMode", c => c.Spec().Text("volumeMode") ?? Cells.Unset)),
    ];

    public static readonly IReadOnlyList<Column> ReplicationController =
    [
        Cells.Name,
        Cells.Whole("Desired", c => c.Spec().Whole("replicas") ?? 0),
        Cells.Whole("Current", c => c.Status().Whole("replicas") ?? 0),
        Cells.Whole("Ready", c => c.Status().Whole("readyReplicas") ?? 0),
        Cells.Age, .. Cells.Workload,
        Cells.Wide(Cells.Text("Selector", c => Cells.Labels(c.Spec().Map("selector")))),
    ];

    public static readonly IReadOnlyList<SelectableField> ReplicationControllerFields = [Cells.Field("status.replicas", "0")];

    public static readonly IReadOnlyList<Column> PodTemplate =
    [
        Cells.Name,
        Cells.Text("Containers", t => Cells.Containers(t.Map("template")?.Map("spec"))),
        Cells.Text("Images", t => Cells.Images(t.Map("template")?.Map("spec"))),
        Cells.Text("Pod Labels", t => Cells.Labels(t.Map("template")?.Meta().Map("labels"))),
    ];

    public static readonly IReadOnlyList<Column> ResourceQuota =
        [Cells.Name, Cells.Text("Request", q => Used(q, limits: false)), Cells.Text("Limit", q => Used(q, limits: true)), Cells.Age];

    public static readonly IReadOnlyList<Column> ComponentStatus =
    [
        Cells.Name,
        Cells.Text("Status", c => c.Maps("conditions").FirstOrDefault(h => h.Text("type") == "Healthy")?.Text("status") switch
        {
            "True" => "Healthy", "False" => "Unhealthy", _ => "Unknown",
        }),
        Cells.Text("Message", c => c.Maps("conditions").FirstOrDefault()?.Text("message") ?? ""),
        Cells.Text("Error", c => c.Maps("conditions").FirstOrDefault()?.Text("error") ?? ""),
    ];

    private static bool IsBound(JsonMap claim) => claim.Spec().Text("volumeName") is { Length: > 0 };

    private static string Phase(JsonMap volume) => volume.Meta().Has("deletionTimestamp") ? "Terminating" : volume.Status().Text("phase") ?? "";

    private static string ExternalIP(JsonMap service)
    {
        var spec = service.Spec();
        var external = string.Join(',', (spec.List("externalIPs") ?? []).Texts());
        switch (spec.Text("type"))
        {
            case "ExternalName":
                return spec.Text("externalName") ?? "";
            case "LoadBalancer":
                var ingress = Cells.LoadBalancer(service.Status());
                return external.Length > 0 ? ingress.Length > 0 ? $"{ingress},{external}" : external : ingress.Or("<pending>");
            default:
                return external.Or(Cells.None);
        }
    }

    private static string Ports(JsonMap service)
    {
        var ports = service.Spec().Maps("ports").Select(p =>
            p.Whole("nodePort") is { } node and not 0 ? $"{p.Whole("port")}:{node}/{p.Text("protocol")}" : $"{p.Whole("port")}/{p.Text("protocol")}");
        return string.Join(',', ports).Or(Cells.None);
    }

    private static string NodeStatus(JsonMap node)
    {
        var ready = node.Status().Maps("conditions").FirstOrDefault(c => c.Text("type") == "Ready");
        var word = ready is null ? "Unknown" : ready.Text("status") == "True" ? "Ready" : "NotReady";
        return node.Spec().Bool("unschedulable") == true ? word + ",SchedulingDisabled" : word;
    }

    private static string Roles(JsonMap node)
    {
        const string prefix = "node-role.kubernetes.io/";
        var roles = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var (label, value) in node.Meta().Map("labels") ?? [])
        {
            if (label.StartsWith(prefix, StringComparison.Ordinal) && label.Length > prefix.Length) roles.Add(label[prefix.Length..]);
            else if (label == "kubernetes.io/role" && value is JsonText { Value.Length: > 0 } role) roles.Add(role.Value);
        }
        return string.Join(',', roles).Or(Cells.None);
    }

    private static string NodeInfo(JsonMap node, string field) => node.Status().Map("nodeInfo")?.Text(field) ?? "";

    private static string Address(JsonMap node, string type) =>
        node.Status().Maps("addresses").FirstOrDefault(a => a.Text("type") == type)?.Text("address") ?? Cells.None;

    private static string Subsets(JsonMap endpoints)
    {
        var all = new List<string>();
        foreach (var subset in endpoints.Maps("subsets"))
        {
            var ports = subset.Maps("ports").ToArray();
            if (ports.Length == 0) all.AddRange(subset.Maps("addresses").Select(a => a.Text("ip") ?? ""));
            foreach (var port in ports)
                all.AddRange(subset.Maps("addresses").Select(a => a.Text("ip") is { } ip && ip.Contains(':')
                    ? $"[{ip}]:{port.Whole("port")}" : $"{a.Text("ip")}:{port.Whole("port")?.ToString(CultureInfo.InvariantCulture)}"));
        }
        return Cells.Few(all, 3, Cells.None);
    }

    private static string Used(JsonMap quota, bool limits)
    {
        var used = quota.Status().Map("used");
        return string.Join(", ", (quota.Status().Map("hard") ?? []).Where(h => h.Key.StartsWith("limits", StringComparison.Ordinal) == limits)
            .OrderBy(h => h.Key, StringComparer.Ordinal).Select(h => $"{h.Key}: {Cells.Show(used?[h.Key], "0")}/{Cells.Show(h.Value)}"));
    }
}
