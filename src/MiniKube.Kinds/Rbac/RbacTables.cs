using MiniKube.Machinery;

namespace MiniKube.Kinds.Rbac;

internal static class RbacTables
{
    public static readonly IReadOnlyList<Column> Binding =
    [
        Cells.Name,
        Cells.Text("Role", b => $"{b.Map("roleRef")?.Text("kind")}/{b.Map("roleRef")?.Text("name")}"),
        Cells.Age,
        Cells.Wide(Cells.Text("Users", b => Subjects(b, "User"))),
        Cells.Wide(Cells.Text("Groups", b => Subjects(b, "Group"))),
        Cells.Wide(Cells.Text("ServiceAccounts", b => Subjects(b, "ServiceAccount"))),
    ];

    private static string Subjects(JsonMap binding, string kind) => string.Join(", ", binding.Maps("subjects").Where(s => s.Text("kind") == kind)
        .Select(s => kind == "ServiceAccount" ? $"{s.Text("namespace")}/{s.Text("name")}" : s.Text("name")));
}
