using System.Globalization;
using MiniKube.Machinery;

namespace MiniKube.Kinds.Apiextensions;

/// <summary>Printer columns and selectable fields of a definition.</summary>
internal static class CustomColumns
{
    public static IReadOnlyList<Column> Of(JsonMap version)
    {
        var declared = (version.List("additionalPrinterColumns") ?? []).Maps().ToArray();
        return declared.Length == 0 ? Cells.NameAndAge : [Column.NameColumn, .. declared.Select(ColumnOf)];
    }

    public static IReadOnlyList<Machinery.SelectableField> Fields(JsonMap version) =>
    [
        .. (version.List("selectableFields") ?? []).Maps().Select(f => f.Text("jsonPath") ?? "").Where(p => p.Length > 1)
            .Select(p => new Machinery.SelectableField(p.TrimStart('.'), o => Cells.Show(JsonPath.Parse(p)?.First(o)))),
    ];

    private static Column ColumnOf(JsonMap declared)
    {
        var (type, path) = (declared.Text("type") ?? "string", JsonPath.Parse(declared.Text("jsonPath") ?? ""));
        return new Column(declared.Text("name") ?? "", type, (o, now) => Cell(type, path, o, now))
        {
            Format = declared.Text("format") ?? "",
            Description = declared.Text("description") ?? $"Custom resource definition column (in JSONPath format): {declared.Text("jsonPath")}",
            Priority = (int)(declared.Whole("priority") ?? 0),
        };
    }

    private static Json Cell(string type, JsonPath? path, JsonMap o, DateTimeOffset now)
    {
        if (path?.First(o) is not { IsNull: false } value) return Json.Null;
        return (type, value) switch
        {
            ("integer", JsonNumber n) => n.Whole,
            ("number", JsonNumber) => value,
            ("boolean", JsonBool) => value,
            ("string", _) => string.Join(' ', path.All(o).Select(v => GoText.Of(v))),
            ("date", JsonText t) => DateTimeOffset.TryParse(t.Value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var then)
                ? Ages.Human(now - then) : "<invalid>",
            _ => Json.Null,
        };
    }
}
