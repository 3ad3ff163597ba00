using System.Globalization;
using MiniKube.Machinery;

namespace MiniKube.Kubectl;

internal static class DescribeNode
{
    private const string Role = "node-role.kubernetes.io/";

    public static void Write(DescribeText text, JsonMap node, IReadOnlyList<JsonMap> pods, JsonMap? lease, DateTimeOffset now)
    {
        var (spec, status) = (node.Spec(), node.Status());
        var roles = (node.Meta().Map("labels") ?? []).Where(l => l.Key.StartsWith(Role, StringComparison.Ordinal)).Select(l => l.Key[Role.Length..]).ToList();
        text.Line(0, $"Name:\t{node.Name()}").Line(0, $"Roles:\t{(roles.Count > 0 ? string.Join(',', roles) : "<none>")}").Labels(node).Annotations(node);
        text.Line(0, $"CreationTimestamp:\t{DescribeText.Time(node.Meta().Text("creationTimestamp"))}");
        var taints = spec.Maps("taints").Select(t => $"{t.Text("key")}{(t.Text("value") is { Length: > 0 } v ? "=" + v : "")}:{t.Text("effect")}").ToList();
        for (var i = 0; i < Math.Max(1, taints.Count); i++) text.Line(0, $"{(i == 0 ? "Taints:" : "")}\t{(taints.Count > 0 ? taints[i] : "<none>")}");
        text.Line(0, $"Unschedulable:\t{(spec.Bool("unschedulable") == true ? "true" : "false")}");
        text.Line(0, "Lease:").Line(1, $"HolderIdentity:\t{lease?.Spec().Text("holderIdentity") ?? "<unset>"}").Line(1, $"AcquireTime:\t{(lease?.Spec().Text("acquireTime") is { } acquired ? DescribeText.Time(acquired) : "<unset>")}")
            .Line(1, $"RenewTime:\t{(lease?.Spec().Text("renewTime") is { } renewed ? DescribeText.Time(renewed) : "<unset>")}");
        text.Line(0, "Conditions:").Line(1, "Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage").Line(1, "----\t------\t-----------------\t------------------\t------\t-------");
        foreach (var c in status.Maps("conditions"))
            text.Line(1, $"{c.Text("type")} \t{c.Text("status")} \t{DescribeText.Time(c.Text("lastHeartbeatTime"))} \t{DescribeText.Time(c.Text("lastTransitionTime"))} \t{c.Text("reason")} \t{c.Text("message")}");
        text.Line(0, "Addresses:");
        foreach (var address in status.Maps("addresses")) text.Line(1, $"{address.Text("type")}:\t{address.Text("address")}");
        foreach (var (title, field) in (ReadOnlySpan<(string, string)>)[("Capacity", "capacity"), ("Allocatable", "allocatable")])
        {
            text.Line(0, $"{title}:");
            foreach (var (name, amount) in (status.Map(field) ?? []).OrderBy(a => a.Key, StringComparer.Ordinal)) text.Line(1, $"{name}:\t{amount.Show()}");
        }
        var info = status.Map("nodeInfo") ?? [];
        text.Line(0, "System Info:");
        foreach (var (title, field) in (ReadOnlySpan<(string, string)>)[("Machine ID", "machineID"), ("System UUID", "systemUUID"), ("Boot ID", "bootID"), ("Kernel Version", "kernelVersion"), ("OS Image", "osImage"),
            ("Operating System", "operatingSystem"), ("Architecture", "architecture"), ("Container Runtime Version", "containerRuntimeVersion"), ("Kubelet Version", "kubeletVersion"), ("Kube-Proxy Version", "kubeProxyVersion")])
            text.Line(1, $"{title}:\t{info.Text(field)}");
        text.Maybe(0, "PodCIDR", spec.Text("podCIDR")).Maybe(0, "PodCIDRs", string.Join(',', (spec.List("podCIDRs") ?? []).Texts())).Maybe(0, "ProviderID", spec.Text("providerID"));
        Pods(text, pods.Where(p => p.Status().Text("phase") is not ("Succeeded" or "Failed")).ToList(), status.Map("allocatable") ?? [], now);
    }

    private static void Pods(DescribeText text, List<JsonMap> pods, JsonMap allocatable, DateTimeOffset now)
    {
        text.Line(0, $"Non-terminated Pods:\t({pods.Count} in total)");
        text.Line(1, "Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge").Line(1, "---------\t----\t\t------------\t----------\t---------------\t-------------\t---");
        string Cell(Quantity used, string what) => $"{used} ({Percent(used, allocatable, what)}%)";
        foreach (var pod in pods)
            text.Line(1, $"{pod.Namespace()}\t{pod.Name()}\t\t{Cell(Sum(pod, "requests", "cpu"), "cpu")}\t{Cell(Sum(pod, "limits", "cpu"), "cpu")}\t{Cell(Sum(pod, "requests", "memory"), "memory")}\t{Cell(Sum(pod, "limits", "memory"), "memory")}\t{Ages.Since(pod.Meta().Text("creationTimestamp"), now)}");
        text.Line(0, "Allocated resources:").Line(1, "(Total limits may be over 100 percent, i.e., overcommitted.)").Line(1, "Resource\tRequests\tLimits").Line(1, "--------\t--------\t------");
        foreach (var what in (string[])["cpu", "memory", "ephemeral-storage", .. allocatable.Keys.Where(k => k is not ("cpu" or "memory" or "ephemeral-storage" or "pods")).Order(StringComparer.Ordinal)])
        {
            Quantity All(string kind) => pods.Aggregate(Quantity.Zero, (sum, p) => sum + Sum(p, kind, what));
            text.Line(1, what.Contains('/') ? $"{what}\t{All("requests")}\t{All("limits")}" : $"{what}\t{Cell(All("requests"), what)}\t{Cell(All("limits"), what)}");
        }
    }

    private static string Percent(Quantity used, JsonMap allocatable, string what) =>
        Quantity.Parse(allocatable[what]) is { IsZero: false } all ? ((long)(used.ToDouble() * 100 / all.ToDouble())).ToString(CultureInfo.InvariantCulture) : "0";

    /// <summary>What a pod asks for: its containers together, or the greediest of those that run before them.</summary>
    private static Quantity Sum(JsonMap pod, string kind, string what)
    {
        Quantity Of(JsonMap container) => Quantity.Parse(container.Map("resources")?.Map(kind)?[what]);
        var together = pod.Spec().Maps("containers").Aggregate(Quantity.Zero, (sum, c) => sum + Of(c));
        return pod.Spec().Maps("initContainers").Aggregate(together, (most, c) => Quantity.Max(most, Of(c)));
    }
}
