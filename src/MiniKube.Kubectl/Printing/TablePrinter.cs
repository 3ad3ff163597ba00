using System.Text;
using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>What is shown of a table besides its own columns.</summary>
internal sealed record TableOptions
{
    public bool Wide { get; init; }
    public bool NoHeaders { get; init; }
    public bool WithNamespace { get; init; }
    public bool WithKind { get; init; }
    public bool ShowLabels { get; init; }
    public IReadOnlyList<string> LabelColumns { get; init; } = [];
}

/// <summary>Tables that the server made, as text. One printer is one table, also where its rows come bit by bit.</summary>
internal sealed class TablePrinter(TableOptions options)
{
    private readonly TabText tabs = new(6, 3, remember: true);
    private List<JsonMap>? columns;
    private bool headed;

    public string Print(JsonMap table, ApiResource type)
    {
        // Only the first table of a watch says what its columns are.
        var defined = table.Maps("columnDefinitions").ToList();
        if (defined.Count > 0) columns = defined;
        var shown = (columns ?? []).Select((c, i) => (Column: c, At: i)).Where(c => options.Wide || c.Column.Whole("priority") is null or 0).ToList();
        var text = new StringBuilder();
        if (!headed && !options.NoHeaders)
        {
            var names = shown.Select(c => c.Column.Text("name")!.ToUpperInvariant());
            if (options.WithNamespace) names = names.Prepend("NAMESPACE");
            names = names.Concat(options.LabelColumns.Select(l => l[(l.LastIndexOf('/') + 1)..].ToUpperInvariant()));
            if (options.ShowLabels) names = names.Append("LABELS");
            text.AppendJoin('\t', names).Append('\n');
        }
        headed = true;
        foreach (var row in table.Maps("rows"))
        {
            var (cells, meta) = (row.List("cells") ?? [], (row.Map("object") ?? []).Meta());
            var values = shown.Select((c, i) => Cell(c.At < cells.Count ? cells[c.At] : Json.Null) is var value && i == 0 && options.WithKind ? type.Title(value) : value);
            if (options.WithNamespace) values = values.Prepend(meta.Text("namespace") ?? "");
            var labels = meta.Map("labels");
            values = values.Concat(options.LabelColumns.Select(l => labels?.Text(l) ?? ""));
            if (options.ShowLabels) values = values.Append(Labels(labels));
            text.AppendJoin('\t', values).Append('\n');
        }
        return tabs.Format(text.ToString());
    }

    public static string Labels(JsonMap? labels, string none = "<none>") =>
        labels is { Count: > 0 } ? string.Join(',', labels.OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => $"{l.Key}={l.Value.Show()}")) : none;

    private static string Cell(Json value)
    {
        var text = value.Show();
        var end = text.AsSpan().IndexOfAny('\n', '\r', '\f');
        return end < 0 ? text : text[..end] + "...";
    }
}
