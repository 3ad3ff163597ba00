using System.Text;
using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>Go's text templates, as far as objects need them: actions, if, with, range, variables, pipelines, functions.</summary>
internal sealed class GoTemplate
{
    private abstract record Node
    {
        public sealed record Literal(string Text) : Node;
        public sealed record Show(Pipeline Value) : Node;
        public sealed record If(Pipeline Test, List<Node> Then, List<Node> Else, bool Sets) : Node;
        public sealed record Range(Pipeline Over, string? Index, string? Item, List<Node> Body, List<Node> Else) : Node;
        public sealed record Leave(bool Loop) : Node;
    }

    private sealed record Pipeline(string? Variable, bool Declares, IReadOnlyList<IReadOnlyList<TemplateTerm>> Commands);

    private sealed class Left(bool loop) : Exception
    {
        public bool Loop => loop;
    }

    private readonly List<Node> nodes;

    private GoTemplate(List<Node> nodes) => this.nodes = nodes;

    public static GoTemplate Parse(string text)
    {
        try
        {
            var parts = TemplateLexer.Split(text);
            var at = 0;
            var nodes = Nodes(parts, ref at, out var end);
            return end is null ? new(nodes) : throw Wrong($"unexpected {{{{{end}}}}}");
        }
        catch (Failure wrong)
        {
            throw new Failure($"error parsing template {text}, template: output:1: {wrong.Message}");
        }
    }

    public string Run(Json data, bool strict)
    {
        var output = new StringBuilder();
        new Execution(data, strict, output).All(nodes, data, []);
        return output.ToString();
    }

    private static Failure Wrong(string message) => new(message);

    private static List<Node> Nodes(IReadOnlyList<TemplatePart> parts, ref int at, out string? end)
    {
        var nodes = new List<Node>();
        while (at < parts.Count)
        {
            var part = parts[at++];
            if (part.Words is null)
            {
                nodes.Add(new Node.Literal(part.Text));
                continue;
            }
            if (part.Words.Count == 0) continue;
            switch (part.Words[0].Text)
            {
                case "end" or "else":
                    end = part.Text;
                    if (part.Words[0].Text == "else" && part.Words.Count > 1) at--;
                    return nodes;
                case "if" or "with":
                    nodes.Add(Branch(part.Words, parts, ref at));
                    break;
                case "range":
                    var (first, second, over) = RangeHead([.. part.Words.Skip(1)]);
                    var body = Nodes(parts, ref at, out var stop);
                    List<Node> otherwise = [];
                    if (stop == "else") otherwise = Nodes(parts, ref at, out stop);
                    if (stop is null) throw Wrong("unexpected EOF");
                    nodes.Add(new Node.Range(over, first, second, body, otherwise));
                    break;
                case "break" or "continue":
                    nodes.Add(new Node.Leave(part.Words[0].Text == "break"));
                    break;
                default:
                    nodes.Add(new Node.Show(Pipe(part.Words)));
                    break;
            }
        }
        end = null;
        return nodes;
    }

    private static Node.If Branch(IReadOnlyList<TemplateTerm> words, IReadOnlyList<TemplatePart> parts, ref int at)
    {
        var test = Pipe([.. words.Skip(1)]);
        var then = Nodes(parts, ref at, out var stop);
        List<Node> otherwise = [];
        if (stop is null) throw Wrong("unexpected EOF");
        if (stop == "else") otherwise = Nodes(parts, ref at, out stop);
        else if (stop.StartsWith("else", StringComparison.Ordinal))
        {
            // "else if" is an if of its own that shares the end.
            var words2 = parts[at++].Words!;
            otherwise = [Branch([.. words2.Skip(1)], parts, ref at)];
        }
        return new(test, then, otherwise, words[0].Text == "with");
    }

    private static (string? Index, string? Item, Pipeline Over) RangeHead(List<TemplateTerm> words)
    {
        var assign = words.FindIndex(w => w.Text == ":=" && !w.Quoted);
        if (assign < 0) return (null, null, Pipe(words));
        var names = words.Take(assign).Where(w => w.Text != ",").Select(w => w.Text.TrimEnd(',')).ToList();
        return (names.Count > 1 ? names[0] : null, names[^1], Pipe([.. words.Skip(assign + 1)]));
    }

    private static Pipeline Pipe(IReadOnlyList<TemplateTerm> words)
    {
        string? variable = null;
        var declares = false;
        if (words.Count > 2 && words[0].Text.StartsWith('$') && !words[1].Quoted && words[1].Text is ":=" or "=")
        {
            (variable, declares) = (words[0].Text, words[1].Text == ":=");
            words = [.. words.Skip(2)];
        }
        var commands = new List<IReadOnlyList<TemplateTerm>>();
        var command = new List<TemplateTerm>();
        foreach (var word in words)
        {
            if (word is { Text: "|", Quoted: false })
            {
                commands.Add(command);
                command = [];
            }
            else command.Add(word);
        }
        if (command.Count == 0) throw Wrong("missing value for command");
        commands.Add(command);
        return new(variable, declares, commands);
    }

    private sealed class Execution(Json root, bool strict, StringBuilder output)
    {
        public void All(List<Node> body, Json dot, Dictionary<string, Json> outer)
        {
            var names = new Dictionary<string, Json>(outer);
            foreach (var node in body)
            {
                switch (node)
                {
                    case Node.Literal literal:
                        output.Append(literal.Text);
                        break;
                    case Node.Show show:
                        var value = Value(show.Value, dot, names);
                        if (show.Value.Variable is null) output.Append(TemplateFunctions.Shown(value));
                        else if (!show.Value.Declares && outer.ContainsKey(show.Value.Variable)) outer[show.Value.Variable] = value ?? Json.Null;
                        break;
                    case Node.If choice:
                        var test = Value(choice.Test, dot, names);
                        if (TemplateFunctions.IsTrue(test)) All(choice.Then, choice.Sets ? test! : dot, names);
                        else All(choice.Else, dot, names);
                        break;
                    case Node.Range range:
                        Loop(range, dot, names);
                        break;
                    case Node.Leave leave:
                        throw new Left(leave.Loop);
                }
            }
        }

        private void Loop(Node.Range range, Json dot, Dictionary<string, Json> names)
        {
            var items = Value(range.Over, dot, names) switch
            {
                JsonList list => list.Select((item, i) => ((Json)i, item)),
                JsonMap map => map.OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => ((Json)m.Key, m.Value)),
                JsonNumber { IsWhole: true } count => Enumerable.Range(0, (int)count.Whole).Select(i => ((Json)i, (Json)i)),
                null or JsonNull => [],
                var other => throw new Failure($"error executing template: range can't iterate over {TemplateFunctions.Shown(other)}"),
            };
            var any = false;
            foreach (var (index, item) in items.ToList())
            {
                any = true;
                if (range.Index is not null) names[range.Index] = index;
                if (range.Item is not null) names[range.Item] = item;
                try
                {
                    All(range.Body, item, names);
                }
                catch (Left left)
                {
                    if (left.Loop) break;
                }
            }
            if (!any) All(range.Else, dot, names);
        }

        private Json? Value(Pipeline pipe, Json dot, Dictionary<string, Json> names)
        {
            Json? last = null;
            for (var i = 0; i < pipe.Commands.Count; i++) last = Command(pipe.Commands[i], dot, names, last, piped: i > 0);
            if (pipe.Variable is not null) names[pipe.Variable] = last ?? Json.Null;
            return last;
        }

        private Json? Command(IReadOnlyList<TemplateTerm> words, Json dot, Dictionary<string, Json> names, Json? last, bool piped)
        {
            var head = words[0];
            if (head.Quoted || head.Inner is not null || head.Text[0] is '.' or '$' or '-' || char.IsAsciiDigit(head.Text[0]) || head.Text is "true" or "false" or "nil") return Term(head, dot, names);
            var arguments = words.Skip(1).Select(w => Term(w, dot, names)).ToList();
            if (piped) arguments.Add(last);
            return TemplateFunctions.Call(head.Text, arguments);
        }

        private Json? Term(TemplateTerm term, Json dot, Dictionary<string, Json> names)
        {
            if (term.Quoted) return term.Text;
            if (term.Inner is { } inner) return Follow(Value(Pipe(inner), dot, names), term.Text);
            if (term.Text == ".") return dot;
            if (term.Text[0] == '.') return Follow(dot, term.Text);
            if (term.Text[0] == '$')
            {
                var end = term.Text.IndexOf('.');
                var name = end < 0 ? term.Text : term.Text[..end];
                var from = name == "$" ? root : names.GetValueOrDefault(name) ?? throw new Failure($"error parsing template: undefined variable \"{name}\"");
                return end < 0 ? from : Follow(from, term.Text[end..]);
            }
            if (term.Text is "true" or "false") return term.Text == "true";
            if (term.Text == "nil") return null;
            if (long.TryParse(term.Text, out var whole)) return whole;
            if (double.TryParse(term.Text, System.Globalization.CultureInfo.InvariantCulture, out var real)) return real;
            return TemplateFunctions.Call(term.Text, []);
        }

        private Json? Follow(Json? from, string path)
        {
            foreach (var step in path.Split('.', StringSplitOptions.RemoveEmptyEntries))
            {
                if (from is null or JsonNull) return strict ? throw new Failure($"error executing template: nil data; no entry for key \"{step}\"") : null;
                if (from is not JsonMap map) throw new Failure($"error executing template: can't evaluate field {step} in type {TemplateFunctions.TypeOf(from)}");
                from = map[step];
                if (from is null && strict) throw new Failure($"error executing template: map has no entry for key \"{step}\"");
            }
            return from;
        }
    }
}
