using MiniKube.Machinery;

namespace MiniKube.Kinds.Discovery;

internal static class EndpointSliceTable
{
    public static readonly IReadOnlyList<Column> Columns =
    [
        Cells.Name,
        Cells.Text("AddressType", s => s.Text("addressType") ?? ""),
        Cells.Text("Ports", s => Cells.Few([.. s.Maps("ports").Select(p => Cells.Show(p["port"], "*"))], 3, Cells.Unset)),
        Cells.Text("Endpoints", s => Cells.Few([.. s.Maps("endpoints").SelectMany(e => (e.List("addresses") ?? []).Texts())], 3, Cells.Unset)),
        Cells.Age,
    ];
}
