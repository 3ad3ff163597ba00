using System.Text;

namespace MiniKube.Engines.Simulated;

/// <summary>A word as it was written: quoted pieces keep their dollars.</summary>
internal sealed record ShellWord(IReadOnlyList<(string Text, bool Expands)> Pieces)
{
    public string Plain => string.Concat(Pieces.Select(p => p.Text));
}

internal enum ShellJoin
{
    Always,
    IfWell,
    IfNot,
}

/// <summary>One statement of a script.</summary>
internal abstract record ShellStatement(ShellJoin Join)
{
    public sealed record Command(ShellJoin Join, IReadOnlyList<ShellWord> Words, bool ToErrors, ShellWord? Target, bool Appends) : ShellStatement(Join);

    /// <summary>"while true; do …; done".</summary>
    public sealed record Forever(ShellJoin Join, IReadOnlyList<ShellStatement> Body) : ShellStatement(Join);
}

/// <summary>
/// The little of the shell's language that manifests of examples and tests are made of: words, quotes, variables, lists, an endless
/// loop, output to errors or into a file. A script with anything else in it isn't understood, which is said by null.
/// </summary>
internal sealed class ShellScript
{
    private static readonly string[] Foreign = ["if", "for", "until", "case", "select", "function", "{", "}", "!", "then", "else", "fi", "esac"];

    private readonly List<object> tokens = [];
    private int at;

    private sealed record Operator(string Text);

    public static IReadOnlyList<ShellStatement>? Parse(string text)
    {
        var script = new ShellScript();
        return script.Split(text) && script.List(null) is { } all && script.at == script.tokens.Count ? all : null;
    }

    private List<ShellStatement>? List(string? end)
    {
        var found = new List<ShellStatement>();
        var join = ShellJoin.Always;
        while (at < tokens.Count)
        {
            if (tokens[at] is Operator { Text: ";" })
            {
                at++;
                join = ShellJoin.Always;
                continue;
            }
            if (end is not null && Keyword() == end) return found;
            ShellStatement? statement = Keyword() == "while" ? Loop(join) : Command(join);
            if (statement is null) return null;
            found.Add(statement);
            if (at == tokens.Count) break;
            if (tokens[at] is not Operator { Text: ";" or "&&" or "||" } after) return null;
            join = after.Text switch { "&&" => ShellJoin.IfWell, "||" => ShellJoin.IfNot, _ => ShellJoin.Always };
            at++;
        }
        return end is null ? found : null;
    }

    private ShellStatement.Forever? Loop(ShellJoin join)
    {
        at++;
        if (Keyword() is not ("true" or ":")) return null;
        at++;
        while (at < tokens.Count && tokens[at] is Operator { Text: ";" }) at++;
        if (Keyword() != "do") return null;
        at++;
        if (List("done") is not { } body) return null;
        at++;
        return new(join, body);
    }

    private ShellStatement.Command? Command(ShellJoin join)
    {
        var words = new List<ShellWord>();
        var (errors, appends) = (false, false);
        ShellWord? target = null;
        if (Keyword() is { } first && Foreign.Contains(first)) return null;
        for (; at < tokens.Count; at++)
        {
            if (tokens[at] is ShellWord word) words.Add(word);
            else if (tokens[at] is Operator { Text: ">&2" }) errors = true;
            else if (tokens[at] is Operator { Text: ">" or ">>" } into && at + 1 < tokens.Count && tokens[at + 1] is ShellWord file) (target, appends, at) = (file, into.Text == ">>", at + 1);
            else break;
        }
        return words.Count == 0 ? null : new(join, words, errors, target, appends);
    }

    private string? Keyword() => at < tokens.Count && tokens[at] is ShellWord { Pieces: [(var text, true)] } ? text : null;

    private bool Split(string text)
    {
        var i = 0;
        while (i < text.Length)
        {
            var c = text[i];
            if (c is '\n' or ';') (i, _) = (i + 1, Add(";"));
            else if (char.IsWhiteSpace(c)) i++;
            else if (c == '#') i = text.IndexOf('\n', i) is >= 0 and var end ? end : text.Length;
            else if (At(text, i, "&&") || At(text, i, "||") || At(text, i, ">>")) (i, _) = (i + 2, Add(text[i..(i + 2)]));
            else if (At(text, i, ">&2") || At(text, i, "1>&2")) (i, _) = (i + (c == '1' ? 4 : 3), Add(">&2"));
            else if (c == '>') (i, _) = (i + 1, Add(">"));
            else if (Word(text, ref i) is { } word) tokens.Add(word);
            else return false;
        }
        return true;
    }

    private bool Add(string symbol)
    {
        tokens.Add(new Operator(symbol));
        return true;
    }

    private static bool At(string text, int i, string what) => string.CompareOrdinal(text, i, what, 0, what.Length) == 0;

    private static ShellWord? Word(string text, ref int i)
    {
        var pieces = new List<(string, bool)>();
        while (i < text.Length && !char.IsWhiteSpace(text[i]) && text[i] is not (';' or '>' or '&' or '|'))
        {
            var c = text[i];
            if (c is '\'' or '"')
            {
                var end = text.IndexOf(c, i + 1);
                if (end < 0) return null;
                var inside = text[(i + 1)..end];
                if (c == '"' && (inside.Contains("$(", StringComparison.Ordinal) || inside.Contains('\\') || inside.Contains('`'))) return null;
                pieces.Add((inside, c == '"'));
                i = end + 1;
                continue;
            }
            var plain = new StringBuilder();
            while (i < text.Length && !char.IsWhiteSpace(text[i]) && text[i] is not (';' or '>' or '&' or '|' or '\'' or '"'))
            {
                if (text[i] is '`' or '<' or '(' or ')' or '\\' or '*' or '?') return null;
                plain.Append(text[i++]);
            }
            pieces.Add((plain.ToString(), true));
        }
        return pieces.Count == 0 ? null : new(pieces);
    }
}
