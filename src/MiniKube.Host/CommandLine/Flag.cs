using System.CommandLine;

namespace MiniKube.Host;

/// <summary>One setting of a command: a flag, a MINIK_ variable and a key of the configuration file at once.</summary>
public sealed record Flag(string Group, string Name, string Argument, string Description)
{
    public string? Default { get; init; }

    /// <summary>Given without a value; present means true.</summary>
    public bool Switch { get; init; }

    /// <summary>May be repeated, and takes several values divided by commas.</summary>
    public bool Many { get; init; }

    public string Variable => "MINIK_" + Name.ToUpperInvariant().Replace('-', '_');

    public Option ToOption()
    {
        var help = Default is { Length: > 0 } ? $"{Description} [default: {Default}]" : Description;
        if (Switch) return new Option<bool>("--" + Name) { Description = help };
        return Many
            ? new Option<string[]>("--" + Name) { Description = help, HelpName = Argument, AllowMultipleArgumentsPerToken = false }
            : new Option<string>("--" + Name) { Description = help, HelpName = Argument };
    }
}
