using System.Globalization;
using MiniKube.Machinery;

namespace MiniKube.Kubectl;

internal static class DescribePod
{
    public static void Write(DescribeText text, JsonMap pod, DateTimeOffset now)
    {
        var (meta, spec, status) = (pod.Meta(), pod.Spec(), pod.Status());
        text.Line(0, $"Name:\t{pod.Name()}").Line(0, $"Namespace:\t{pod.Namespace()}");
        if (spec.Whole("priority") is { } priority) text.Line(0, $"Priority:\t{priority}").Maybe(0, "Priority Class Name", spec.Text("priorityClassName"));
        text.Maybe(0, "Runtime Class Name", spec.Text("runtimeClassName")).Maybe(0, "Service Account", spec.Text("serviceAccountName"));
        text.Line(0, $"Node:\t{(spec.Text("nodeName") is { Length: > 0 } node ? $"{node}/{status.Text("hostIP")}" : "<none>")}");
        if (status.Text("startTime") is { } start) text.Line(0, $"Start Time:\t{DescribeText.Time(start)}");
        text.Labels(pod).Annotations(pod);
        if (meta.Text("deletionTimestamp") is { } deleted)
        {
            text.Line(0, $"Status:\tTerminating (lasts {Ages.Since(deleted, now)})").Line(0, $"Termination Grace Period:\t{meta.Whole("deletionGracePeriodSeconds") ?? 0}s");
        }
        else text.Line(0, $"Status:\t{status.Text("phase")}");
        text.Maybe(0, "Reason", status.Text("reason")).Maybe(0, "Message", status.Text("message"));
        if (spec.Map("securityContext")?.Map("seccompProfile") is { } seccomp) text.Line(0, $"SeccompProfile:\t{seccomp.Text("type")}").Maybe(0, "LocalhostProfile", seccomp.Text("localhostProfile"));
        text.Line(0, $"IP:\t{status.Text("podIP")}");
        var addresses = status.Maps("podIPs").Select(i => i.Text("ip")).ToList();
        text.Line(0, addresses.Count == 0 ? "IPs:\t<none>" : "IPs:");
        foreach (var address in addresses) text.Line(1, $"IP:\t{address}");
        if (meta.Maps("ownerReferences").FirstOrDefault(o => o.Bool("controller") == true) is { } owner) text.Line(0, $"Controlled By:\t{owner.Text("kind")}/{owner.Text("name")}");
        if (spec.Maps("initContainers").Any()) DescribeContainers.Write(text, "Init Containers", spec.Maps("initContainers"), status.Maps("initContainerStatuses"), "");
        DescribeContainers.Write(text, "Containers", spec.Maps("containers"), status.Maps("containerStatuses"), "");
        if (spec.Maps("ephemeralContainers").Any()) DescribeContainers.Write(text, "Ephemeral Containers", spec.Maps("ephemeralContainers"), status.Maps("ephemeralContainerStatuses"), "");
        if (status.Maps("conditions").Any())
        {
            text.Line(0, "Conditions:").Line(1, "Type\tStatus");
            foreach (var condition in status.Maps("conditions")) text.Line(1, $"{condition.Text("type")} \t{condition.Text("status")} ");
        }
        DescribeVolumes.Write(text, spec.Maps("volumes"), "");
        text.Line(0, $"QoS Class:\t{status.Text("qosClass")}").Pairs("", "Node-Selectors", spec.Map("nodeSelector"));
        DescribeTemplate.Tolerations(text, spec, "");
        foreach (var spread in spec.Maps("topologySpreadConstraints"))
            text.Line(0, string.Create(CultureInfo.InvariantCulture, $"Topology Spread Constraints:\t{spread.Text("topologyKey")}:{spread.Text("whenUnsatisfiable")} when max skew {spread.Whole("maxSkew")} is exceeded for selector {Selector.From(spread.Map("labelSelector"))}"));
    }
}
