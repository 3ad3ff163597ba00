using System.Text;
using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>kubectl's templates of JSON paths: text with {paths} in it, and {range …}{end}.</summary>
internal sealed class JsonPathTemplate
{
    private abstract record Node
    {
        public sealed record Literal(string Text) : Node;
        public sealed record Path(PathExpression Expression) : Node;
        public sealed record Range(PathExpression Over, List<Node> Body) : Node;
    }

    private readonly List<Node> nodes;

    private JsonPathTemplate(List<Node> nodes) => this.nodes = nodes;

    /// <summary>Whether a path that leads nowhere is a failure.</summary>
    public bool Strict { get; init; }

    public static JsonPathTemplate Parse(string text, bool strict = false)
    {
        var at = 0;
        var nodes = Nodes(text, ref at, inRange: false);
        return new(nodes) { Strict = strict };
    }

    /// <summary>A path that users may write without braces, or without the dot before it.</summary>
    public static string Relaxed(string path)
    {
        var inner = path.StartsWith('{') && path.EndsWith('}') ? path[1..^1] : path;
        return inner.Length == 0 ? path : "{" + (inner[0] is '.' or '[' or '$' ? inner : "." + inner) + "}";
    }

    public string Run(Json data)
    {
        var output = new StringBuilder();
        Run(nodes, data, data, output);
        return output.ToString();
    }

    /// <summary>What all paths find, for columns and sorting.</summary>
    public List<Json> Find(Json data) => [.. nodes.OfType<Node.Path>().SelectMany(p => p.Expression.Find(data, data, Strict))];

    private void Run(List<Node> body, Json root, Json current, StringBuilder output)
    {
        foreach (var node in body)
        {
            switch (node)
            {
                case Node.Literal literal:
                    output.Append(literal.Text);
                    break;
                case Node.Path path:
                    output.AppendJoin(' ', path.Expression.Find(root, current, Strict).Select(Show));
                    break;
                case Node.Range range:
                    foreach (var item in range.Over.Find(root, current, Strict)) Run(range.Body, root, item, output);
                    break;
            }
        }
    }

    public static string Show(Json value) => value switch
    {
        JsonText t => t.Value,
        JsonNull => "<no value>",
        JsonNumber n => GoJson.Number(n),
        JsonMap or JsonList => GoJson.Compact(value),
        _ => value.ToString(),
    };

    private static List<Node> Nodes(string text, ref int at, bool inRange)
    {
        var nodes = new List<Node>();
        while (at < text.Length)
        {
            var open = text.IndexOf('{', at);
            if (open < 0) open = text.Length;
            if (open > at) nodes.Add(new Node.Literal(text[at..open]));
            at = open;
            if (at == text.Length) break;
            var close = PathExpression.Closing(text, at, '{', '}');
            if (close < 0) throw new Failure($"error parsing jsonpath {text}, unclosed action");
            var inside = text[(at + 1)..close].Trim();
            at = close + 1;
            if (inside == "end")
            {
                if (!inRange) throw new Failure($"error parsing jsonpath {text}, not in range, nothing to end");
                return nodes;
            }
            if (inside.StartsWith("range", StringComparison.Ordinal) && (inside.Length == 5 || !char.IsLetterOrDigit(inside[5])))
            {
                var over = PathExpression.Parse(inside[5..].Trim(), text);
                nodes.Add(new Node.Range(over, Nodes(text, ref at, inRange: true)));
            }
            else if (inside.Length > 0 && inside[0] is '"' or '\'') nodes.Add(new Node.Literal(PathExpression.Unquote(inside)));
            else nodes.Add(new Node.Path(PathExpression.Parse(inside, text)));
        }
        if (inRange) throw new Failure($"error parsing jsonpath {text}, unclosed range: missing {{end}}");
        return nodes;
    }
}
