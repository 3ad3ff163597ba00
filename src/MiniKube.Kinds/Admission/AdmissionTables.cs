using MiniKube.Machinery;

namespace MiniKube.Kinds.Admission;

internal static class AdmissionTables
{
    public static readonly IReadOnlyList<Column> Webhooks = [Cells.Name, Cells.Whole("Webhooks", c => c.List("webhooks")?.Count ?? 0), Cells.Age];
    public static readonly IReadOnlyList<Column> Validating = Policy("Validations", "validations");
    public static readonly IReadOnlyList<Column> Mutating = Policy("Mutations", "mutations");

    public static readonly IReadOnlyList<Column> Binding =
        [Cells.Name, Cells.Text("PolicyName", b => b.Spec().Text("policyName") ?? ""), Cells.Text("ParamRef", Parameters), Cells.Age];

    private static Column[] Policy(string title, string list) =>
    [
        Cells.Name,
        Cells.Whole(title, p => p.Spec().List(list)?.Count ?? 0),
        Cells.Text("ParamKind", p => p.Spec().Map("paramKind") is { } kind ? $"{kind.Text("apiVersion")}/{kind.Text("kind")}" : Cells.Unset),
        Cells.Age,
    ];

    private static string Parameters(JsonMap binding)
    {
        if (binding.Spec().Map("paramRef") is not { } reference) return Cells.Unset;
        if (reference.Text("name") is not { Length: > 0 } name) return Cells.Selector(reference.Map("selector"));
        return reference.Text("namespace") is { Length: > 0 } ns ? $"{ns}/{name}" : name;
    }
}
