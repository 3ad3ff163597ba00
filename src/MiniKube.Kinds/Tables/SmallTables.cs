using MiniKube.Machinery;

namespace MiniKube.Kinds;

/// <summary>Columns of groups with one plain kind.</summary>
internal static class SmallTables
{
    public static readonly IReadOnlyList<Column> PodDisruptionBudget =
    [
        Cells.Name,
        Cells.Text("Min Available", p => Cells.Show(p.Spec()["minAvailable"], "N/A")),
        Cells.Text("Max Unavailable", p => Cells.Show(p.Spec()["maxUnavailable"], "N/A")),
        Cells.Whole("Allowed Disruptions", p => p.Status().Whole("disruptionsAllowed") ?? 0),
        Cells.Age,
    ];

    public static readonly IReadOnlyList<Column> PriorityClass =
    [
        Cells.Name,
        Cells.Whole("Value", p => p.Whole("value") ?? 0),
        Cells.Flag("Global-Default", p => p.Bool("globalDefault") == true),
        Cells.Age,
        Cells.Text("PreemptionPolicy", p => p.Text("preemptionPolicy") ?? ""),
    ];

    public static readonly IReadOnlyList<Column> Lease = [Cells.Name, Cells.Text("Holder", l => l.Spec().Text("holderIdentity") ?? ""), Cells.Age];
    public static readonly IReadOnlyList<Column> RuntimeClass = [Cells.Name, Cells.Text("Handler", r => r.Text("handler") ?? ""), Cells.Age];

    public static readonly IReadOnlyList<Column> APIService =
    [
        Cells.Name,
        Cells.Text("Service", a => a.Spec().Map("service") is { } service ? $"{service.Text("namespace")}/{service.Text("name")}" : "Local"),
        Cells.Text("Available", Available),
        Cells.Age,
    ];

    public static readonly IReadOnlyList<Column> ResourceClaim = [Cells.Name, Cells.Text("State", ClaimState), Cells.Age];

    public static readonly IReadOnlyList<Column> ResourceSlice =
    [
        Cells.Name,
        Cells.Text("Node", s => s.Spec().Text("nodeName") ?? (s.Spec().Bool("allNodes") == true ? "<all>" : Cells.Unset)),
        Cells.Text("Driver", s => s.Spec().Text("driver") ?? ""),
        Cells.Text("Pool", s => s.Spec().Map("pool")?.Text("name") ?? ""),
        Cells.Age,
    ];

    private static string Available(JsonMap service)
    {
        var condition = service.Status().Maps("conditions").FirstOrDefault(c => c.Text("type") == "Available");
        if (condition is null) return "Unknown";
        return condition.Text("status") == "True" ? "True" : $"{condition.Text("status")} ({condition.Text("reason")})";
    }

    private static string ClaimState(JsonMap claim)
    {
        var states = new List<string>();
        if (claim.Meta().Has("deletionTimestamp")) states.Add("deleted");
        if (!claim.Status().Has("allocation")) states.Add("pending");
        else
        {
            states.Add("allocated");
            if (claim.Status().List("reservedFor") is { Count: > 0 }) states.Add("reserved");
        }
        return string.Join(',', states);
    }
}
