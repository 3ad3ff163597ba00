using MiniKube.Machinery;

namespace MiniKube.Kubectl;

internal static class DescribeService
{
    public static void Write(DescribeText text, JsonMap o, IReadOnlyList<JsonMap> slices)
    {
        var (spec, status) = (o.Spec(), o.Status());
        text.Line(0, $"Name:\t{o.Name()}").Line(0, $"Namespace:\t{o.Namespace()}").Labels(o).Annotations(o);
        text.Line(0, $"Selector:\t{TablePrinter.Labels(spec.Map("selector"))}").Line(0, $"Type:\t{spec.Text("type")}");
        text.Maybe(0, "IP Family Policy", spec.Text("ipFamilyPolicy"));
        text.Line(0, $"IP Families:\t{Joined(spec.List("ipFamilies"))}").Line(0, $"IP:\t{spec.Text("clusterIP")}");
        if (spec.List("clusterIPs") is { } all) text.Line(0, $"IPs:\t{Joined(all)}");
        if (spec.List("externalIPs") is { Count: > 0 } external) text.Line(0, $"External IPs:\t{string.Join(',', external.Texts())}");
        text.Maybe(0, "Desired LoadBalancer IP", spec.Text("loadBalancerIP")).Maybe(0, "External Name", spec.Text("externalName"));
        if (status.Map("loadBalancer")?.Maps("ingress").ToList() is { Count: > 0 } ingress)
            text.Line(0, $"LoadBalancer Ingress:\t{string.Join(", ", ingress.Select(i => $"{i.Text("ip") ?? i.Text("hostname")}{(i.Text("ipMode") is { } mode ? $" ({mode})" : "")}"))}");
        foreach (var port in spec.Maps("ports"))
        {
            var (name, protocol) = (port.Text("name") is { Length: > 0 } n ? n : "<unset>", port.Text("protocol") ?? "TCP");
            text.Line(0, $"Port:\t{name}\t{port.Whole("port")}/{protocol}").Line(0, $"TargetPort:\t{port["targetPort"].Show()}/{protocol}");
            if (port.Whole("nodePort") is > 0 and var node) text.Line(0, $"NodePort:\t{name}\t{node}/{protocol}");
            text.Line(0, $"Endpoints:\t{Endpoints(slices, port)}");
        }
        text.Line(0, $"Session Affinity:\t{spec.Text("sessionAffinity")}").Maybe(0, "External Traffic Policy", spec.Text("externalTrafficPolicy")).Maybe(0, "Internal Traffic Policy", spec.Text("internalTrafficPolicy"));
        if (spec.Whole("healthCheckNodePort") is > 0 and var health) text.Line(0, $"HealthCheck NodePort:\t{health}");
    }

    private static string Joined(JsonList? list) => list is { Count: > 0 } ? string.Join(',', list.Texts()) : "<none>";

    private static string Endpoints(IReadOnlyList<JsonMap> slices, JsonMap port)
    {
        var addresses = (from slice in slices
                         from listed in slice.Maps("ports").Where(p => (p.Text("name") ?? "") == (port.Text("name") ?? ""))
                         from endpoint in slice.Maps("endpoints").Where(e => e.Map("conditions")?.Bool("ready") != false)
                         from address in (endpoint.List("addresses") ?? []).Texts()
                         select $"{(address.Contains(':') ? $"[{address}]" : address)}:{listed.Whole("port")}").ToList();
        return string.Join(',', addresses.Take(3)) + (addresses.Count > 3 ? $" + {addresses.Count - 3} more..." : "");
    }
}
