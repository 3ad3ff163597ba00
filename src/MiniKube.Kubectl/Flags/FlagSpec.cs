namespace MiniKube.Kubectl;

internal enum FlagKind
{
    Switch,
    Text,
    Number,
    Duration,

    /// <summary>May be repeated; each as it is.</summary>
    Many,

    /// <summary>May be repeated, and divided by commas.</summary>
    List,
}

/// <summary>What may be said with a command.</summary>
internal sealed record FlagSpec(string Name, FlagKind Kind, string Description)
{
    public char? Short { get; init; }
    public string Default { get; init; } = "";

    /// <summary>The value it has when it is given without one; then it takes none from the next word.</summary>
    public string? Bare { get; init; }

    public static FlagSpec Switch(string name, string description, char? shorthand = null, bool on = false) =>
        new(name, FlagKind.Switch, description) { Short = shorthand, Bare = "true", Default = on ? "true" : "false" };

    public static FlagSpec Text(string name, string description, char? shorthand = null, string standard = "") =>
        new(name, FlagKind.Text, description) { Short = shorthand, Default = standard };

    public static FlagSpec Number(string name, string description, long standard = 0) =>
        new(name, FlagKind.Number, description) { Default = $"{standard}" };

    public static FlagSpec Duration(string name, string description, string standard = "0s") => new(name, FlagKind.Duration, description) { Default = standard };
    public static FlagSpec Many(string name, string description, char? shorthand = null) => new(name, FlagKind.Many, description) { Short = shorthand };
    public static FlagSpec List(string name, string description, char? shorthand = null) => new(name, FlagKind.List, description) { Short = shorthand };
}
