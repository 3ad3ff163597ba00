using MiniKube.Machinery;

namespace MiniKube.Kinds.Metrics;

internal static class MetricsKinds
{
    public static IEnumerable<Kind> All() =>
    [
        KindDeclaration.Of<NodeMetrics>() with { Columns = Columns(n => [n.Map("usage") ?? []]) },
        KindDeclaration.Of<PodMetrics>() with { Columns = Columns(p => p.Maps("containers").Select(c => c.Map("usage") ?? [])) },
    ];

    private static IReadOnlyList<Column> Columns(Func<JsonMap, IEnumerable<JsonMap>> uses) =>
    [
        Cells.Name, Cells.Text("cpu", o => Sum(uses(o), "cpu")), Cells.Text("memory", o => Sum(uses(o), "memory")), Cells.Text("Window", o => o.Text("window") ?? ""),
    ];

    private static string Sum(IEnumerable<JsonMap> uses, string resource) =>
        uses.Aggregate(Quantity.Zero, (sum, use) => sum + Quantity.Parse(use.Text(resource))).ToString();
}
