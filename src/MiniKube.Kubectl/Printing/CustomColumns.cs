using System.Text;
using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>-o custom-columns=NAME:.path,…: a table of what paths find.</summary>
internal sealed class CustomColumns(IReadOnlyList<(string Header, JsonPathTemplate Path)> columns, bool headers)
{
    private readonly TabText tabs = new(6, 3, remember: true);
    private bool headed;

    public static CustomColumns Parse(string spec, bool headers)
    {
        if (spec.Length == 0) throw new Failure("custom-columns format specified but no custom columns given");
        return new([.. spec.Split(',').Select(part =>
        {
            var at = part.IndexOf(':');
            return at >= 0 ? (part[..at], Path(part[(at + 1)..])) : throw new Failure($"unexpected custom-columns spec: {part}, expected <header>:<json-path-expr>");
        })], headers);
    }

    /// <summary>Two lines: the headers, and below each its path.</summary>
    public static CustomColumns ParseFile(string text, bool headers)
    {
        var lines = text.Split('\n');
        char[] blanks = [' ', '\t'];
        if (lines.Length < 2) throw new Failure("expected at least two lines in a custom columns template file");
        var (names, paths) = (lines[0].Split(blanks, StringSplitOptions.RemoveEmptyEntries), lines[1].Split(blanks, StringSplitOptions.RemoveEmptyEntries));
        if (names.Length != paths.Length) throw new Failure($"number of headers ({names.Length}) and field specifications ({paths.Length}) don't match");
        return new([.. names.Zip(paths, (n, p) => (n, Path(p)))], headers);
    }

    public string Print(IEnumerable<JsonMap> objects)
    {
        var text = new StringBuilder();
        if (headers && !headed) text.AppendJoin('\t', columns.Select(c => c.Header)).Append('\n');
        headed = true;
        foreach (var o in objects)
        {
            text.AppendJoin('\t', columns.Select(c => c.Path.Find(o) is { Count: > 0 } found
                ? string.Join(',', found.Select(f => f is JsonNull ? "<none>" : f is JsonMap or JsonList ? GoValue.Text(f) : JsonPathTemplate.Show(f))) : "<none>")).Append('\n');
        }
        return tabs.Format(text.ToString());
    }

    private static JsonPathTemplate Path(string path) => JsonPathTemplate.Parse(JsonPathTemplate.Relaxed(path));
}

/// <summary>Values as Go's %v shows them: "map[a:1 b:[x y]]".</summary>
internal static class GoValue
{
    public static string Text(Json? value) => value switch
    {
        null or JsonNull => "<nil>",
        JsonMap map => $"map[{string.Join(' ', map.OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => $"{m.Key}:{Text(m.Value)}"))}]",
        JsonList list => $"[{string.Join(' ', list.Select(Text))}]",
        JsonText text => text.Value,
        JsonNumber number => GoJson.Number(number),
        _ => value.ToString(),
    };
}
