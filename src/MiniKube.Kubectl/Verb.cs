namespace MiniKube.Kubectl;

/// <summary>A command: what it is called, what may be said with it, and what it does; or the commands below it.</summary>
internal sealed record Verb(string Name, string Short, string Usage)
{
    public IReadOnlyList<FlagSpec> Flags { get; init; } = [];
    public Func<Call, Task<int>>? Run { get; init; }
    public IReadOnlyList<Verb> Verbs { get; init; } = [];
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>What follows the arguments is another's: flags in it are not this command's.</summary>
    public bool Answers(string name) => Name == name || Aliases.Contains(name);
}
