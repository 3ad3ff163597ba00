namespace MiniKube.Machinery.Cel;

/// <summary>A parsed expression. At is where it stands in the text, for complaints.</summary>
public abstract record CelNode(int At)
{
    public sealed record Literal(object? Value, int At) : CelNode(At);
    public sealed record Name(string Text, int At) : CelNode(At);

    /// <summary>target.field; Test is has(target.field); Optional is target.?field.</summary>
    public sealed record Select(CelNode Target, string Field, bool Test, bool Optional, int At) : CelNode(At);

    public sealed record Index(CelNode Target, CelNode Key, bool Optional, int At) : CelNode(At);

    /// <summary>A function or, with a target, a method. Operators are functions by their own signs ("+", "==", "?:", "!").</summary>
    public sealed record Call(CelNode? Target, string Function, IReadOnlyList<CelNode> Arguments, int At) : CelNode(At);

    public sealed record List(IReadOnlyList<(CelNode Item, bool Optional)> Items, int At) : CelNode(At);
    public sealed record Map(IReadOnlyList<(CelNode Key, CelNode Value, bool Optional)> Entries, int At) : CelNode(At);

    /// <summary>Object.spec{replicas: 3}: a map that says what it is meant to be.</summary>
    public sealed record Make(string Type, Map Members, int At) : CelNode(At);

    /// <summary>all, exists, exists_one, map, filter and their kin: a body for each item.</summary>
    public sealed record Loop(string Macro, CelNode Range, string Variable, string? Second, CelNode? Filter, CelNode Body, int At) : CelNode(At);

    /// <summary>A value under a name: cel.bind, optMap, optFlatMap.</summary>
    public sealed record Bind(string Macro, string Variable, CelNode Value, CelNode Body, int At) : CelNode(At);
}
