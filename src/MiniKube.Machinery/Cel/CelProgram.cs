namespace MiniKube.Machinery.Cel;

/// <summary>An expression, ready to run: parsed, its names and known fields checked.</summary>
public sealed class CelProgram
{
    /// <summary>What one run of one expression may cost.</summary>
    public const long CostLimit = 1_000_000;

    private readonly CelNode tree;

    private CelProgram(string text, CelNode tree, IReadOnlySet<string> used)
    {
        Text = text;
        this.tree = tree;
        Uses = used;
    }

    public string Text { get; }

    /// <summary>The variables it refers to.</summary>
    public IReadOnlySet<string> Uses { get; }

    /// <summary>Compiles against the variables there will be, with their schemas where they are known.</summary>
    public static (CelProgram? Program, string? Fault) Compile(string text, IReadOnlyDictionary<string, Schema?> variables)
    {
        var (tree, fault, at) = CelParser.Parse(text);
        if (tree is null) return (null, Located(text, fault!, at));
        var checker = new CelChecker(variables);
        checker.Check(tree);
        return checker.Fault is { } wrong ? (null, Located(text, wrong.Why, wrong.At)) : (new CelProgram(text, tree, checker.Used), null);
    }

    /// <summary>The value, or a <see cref="CelError"/>; never throws for what the expression does.</summary>
    public object? Run(IReadOnlyDictionary<string, object?> variables, long costLimit = CostLimit) =>
        new CelEvaluator(variables, costLimit).Evaluate(tree);

    /// <summary>The complaint as the reference implementation words it, with the line and a caret.</summary>
    private static string Located(string text, string why, int at)
    {
        at = Math.Min(at, text.Length);
        var line = text[..at].Count(c => c == '\n') + 1;
        var start = at == 0 ? 0 : text.LastIndexOf('\n', at - 1) + 1;
        var end = text.IndexOf('\n', at);
        var source = text[start..(end < 0 ? text.Length : end)];
        var column = at - start;
        return $"ERROR: <input>:{line}:{column + 1}: {why}\n | {source}\n | {new string('.', column)}^";
    }
}
