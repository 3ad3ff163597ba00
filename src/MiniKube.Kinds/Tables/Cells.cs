using MiniKube.Machinery;

namespace MiniKube.Kinds;

/// <summary>Columns and the texts in them that several kinds share.</summary>
internal static class Cells
{
    public const string None = "<none>";
    public const string Unset = "<unset>";
    public const string Unknown = "<unknown>";

    public static Column Text(string name, Func<JsonMap, string> cell) => new(name, "string", (o, _) => cell(o));
    public static Column Whole(string name, Func<JsonMap, long> cell, string type = "integer") => new(name, type, (o, _) => cell(o));
    public static Column Flag(string name, Func<JsonMap, bool> cell, string type = "boolean") => new(name, type, (o, _) => cell(o));
    public static Column Timed(string name, Func<JsonMap, DateTimeOffset, string> cell) => new(name, "string", (o, now) => cell(o, now));
    public static Column Wide(Column column) => column with { Priority = 1 };

    public static readonly Column Name = Column.NameColumn;
    public static readonly Column Age = Column.AgeColumn;

    public static readonly Column CreatedAt = new("Created At", "date", (o, _) => o.Map("metadata")?["creationTimestamp"] ?? Json.Null);

    /// <summary>Kinds without columns of their own.</summary>
    public static readonly IReadOnlyList<Column> NameAndCreation = [Name, CreatedAt];
    public static readonly IReadOnlyList<Column> NameAndAge = [Name, Age];

    public static JsonMap Spec(this JsonMap o) => o.Map("spec") ?? Nothing;
    public static JsonMap Status(this JsonMap o) => o.Map("status") ?? Nothing;
    public static JsonMap Meta(this JsonMap o) => o.Map("metadata") ?? Nothing;
    private static readonly JsonMap Nothing = [];

    public static string Or(this string? text, string otherwise) => string.IsNullOrEmpty(text) ? otherwise : text;
    public static IEnumerable<JsonMap> Maps(this JsonMap o, string list) => (o.List(list) ?? []).Maps();

    public static string Show(Json? value, string otherwise = "") => value switch
    {
        null or JsonNull => otherwise,
        JsonText t => t.Value,
        _ => value.ToString(),
    };

    /// <summary>A few, and how many there are besides.</summary>
    public static string Few(IReadOnlyList<string> all, int most, string empty)
    {
        if (all.Count == 0) return empty;
        var shown = string.Join(',', all.Take(most));
        return all.Count > most ? $"{shown} + {all.Count - most} more..." : shown;
    }

    public static string Labels(JsonMap? labels) =>
        labels is not { Count: > 0 } ? None : string.Join(',', labels.OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => $"{l.Key}={Show(l.Value)}"));

    public static string Selector(JsonMap? selector)
    {
        if (selector is null) return None;
        var parts = (selector.Map("matchLabels") ?? []).OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => $"{l.Key}={Show(l.Value)}")
            .Concat(selector.Maps("matchExpressions").Select(Expression)).ToArray();
        return parts.Length == 0 ? None : string.Join(',', parts);
    }

    private static string Expression(JsonMap expression)
    {
        var key = expression.Text("key");
        var values = string.Join(',', (expression.List("values") ?? []).Texts().Order(StringComparer.Ordinal));
        return expression.Text("operator") switch
        {
            "In" => $"{key} in ({values})",
            "NotIn" => $"{key} notin ({values})",
            "Exists" => $"{key}",
            _ => $"!{key}",
        };
    }

    public static string Containers(JsonMap? podSpec) => string.Join(',', (podSpec ?? []).Maps("containers").Select(c => c.Text("name")));
    public static string Images(JsonMap? podSpec) => string.Join(',', (podSpec ?? []).Maps("containers").Select(c => c.Text("image")));
    public static JsonMap? PodSpec(JsonMap o) => o.Spec().Map("template")?.Map("spec");

    public static readonly Column[] Workload =
        [Wide(Text("Containers", o => Containers(PodSpec(o)))), Wide(Text("Images", o => Images(PodSpec(o))))];

    public static readonly Column WorkloadSelector = Wide(Text("Selector", o => Selector(o.Spec().Map("selector"))));

    public static bool HasCondition(JsonMap o, string type) =>
        o.Status().Maps("conditions").Any(c => c.Text("type") == type && c.Text("status") == "True");

    public static string AccessModes(JsonList? modes) =>
        string.Join(',', (modes ?? []).Texts().Distinct().Select(m => m switch
        {
            "ReadWriteOnce" => "RWO",
            "ReadOnlyMany" => "ROX",
            "ReadWriteMany" => "RWX",
            "ReadWriteOncePod" => "RWOP",
            _ => m,
        }));

    public static string LoadBalancer(JsonMap status) =>
        string.Join(',', (status.Map("loadBalancer") ?? []).Maps("ingress").Select(i => i.Text("ip").Or(i.Text("hostname") ?? "")).Where(t => t.Length > 0).Distinct());

    /// <summary>A field selector path with the text it has when absent.</summary>
    public static SelectableField Field(string path, string absent = "")
    {
        var steps = path.Split('.');
        return new SelectableField(path, o => Show(o.Dig(steps), absent));
    }
}
