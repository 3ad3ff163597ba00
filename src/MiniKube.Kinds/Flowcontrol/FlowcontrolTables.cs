using MiniKube.Machinery;

namespace MiniKube.Kinds.Flowcontrol;

internal static class FlowcontrolTables
{
    public static readonly IReadOnlyList<Column> FlowSchema =
    [
        Cells.Name,
        Cells.Text("PriorityLevel", f => (f.Spec().Map("priorityLevelConfiguration")?.Text("name")).Or(Cells.None)),
        Cells.Whole("MatchingPrecedence", f => f.Spec().Whole("matchingPrecedence") ?? 0, "string"),
        Cells.Text("DistinguisherMethod", f => (f.Spec().Map("distinguisherMethod")?.Text("type")).Or(Cells.None)),
        Cells.Age,
        Cells.Text("MissingPL", f => f.Status().Maps("conditions").FirstOrDefault(c => c.Text("type") == "Dangling")?.Text("status") ?? "?"),
    ];

    public static readonly IReadOnlyList<Column> PriorityLevelConfiguration =
    [
        Cells.Name,
        Cells.Text("Type", p => p.Spec().Text("type") ?? ""),
        Cells.Text("NominalConcurrencyShares", p => Cells.Show((p.Spec().Map("limited") ?? p.Spec().Map("exempt"))?["nominalConcurrencyShares"], Cells.None)),
        Cells.Text("Queues", p => Queuing(p, "queues")),
        Cells.Text("HandSize", p => Queuing(p, "handSize")),
        Cells.Text("QueueLengthLimit", p => Queuing(p, "queueLengthLimit")),
        Cells.Age,
    ];

    private static string Queuing(JsonMap level, string field) => Cells.Show(level.Spec().Dig("limited", "limitResponse", "queuing", field), Cells.None);
}
