using MiniKube.Machinery;

namespace MiniKube.Kinds.Networking;

internal static class NetworkingTables
{
    public static readonly IReadOnlyList<Column> Ingress =
    [
        Cells.Name,
        Cells.Text("Class", i => i.Spec().Text("ingressClassName")
            ?? i.Meta().Map("annotations")?.Text("kubernetes.io/ingress.class") ?? Cells.None),
        Cells.Text("Hosts", i => Cells.Few([.. i.Spec().Maps("rules").Select(r => r.Text("host") ?? "").Where(h => h.Length > 0)], 3, "*")),
        Cells.Text("Address", i => Cells.LoadBalancer(i.Status())),
        Cells.Text("Ports", i => i.Spec().List("tls") is { Count: > 0 } ? "80, 443" : "80"),
        Cells.Age,
    ];

    public static readonly IReadOnlyList<Column> IngressClass =
    [
        Cells.Name,
        Cells.Text("Controller", c => c.Spec().Text("controller") ?? ""),
        Cells.Text("Parameters", Parameters),
        Cells.Age,
    ];

    public static readonly IReadOnlyList<Column> NetworkPolicy =
        [Cells.Name, Cells.Text("Pod-Selector", p => Cells.Selector(p.Spec().Map("podSelector") ?? [])), Cells.Age];

    public static readonly IReadOnlyList<Column> IPAddress = [Cells.Name, Cells.Text("ParentRef", Parent)];

    public static readonly IReadOnlyList<Column> ServiceCIDR =
        [Cells.Name, Cells.Text("CIDRs", c => string.Join(',', (c.Spec().List("cidrs") ?? []).Texts())), Cells.Age];

    private static string Parameters(JsonMap kind)
    {
        if (kind.Spec().Map("parameters") is not { } parameters) return Cells.None;
        var group = parameters.Text("apiGroup") is { Length: > 0 } g ? "." + g : "";
        return $"{parameters.Text("kind")}{group}/{parameters.Text("name")}";
    }

    private static string Parent(JsonMap address)
    {
        if (address.Spec().Map("parentRef") is not { } parent) return Cells.None;
        var group = parent.Text("group") is { Length: > 0 } g ? "." + g : "";
        var place = parent.Text("namespace") is { Length: > 0 } ns ? ns + "/" : "";
        return $"{parent.Text("resource")}{group}/{place}{parent.Text("name")}";
    }
}
