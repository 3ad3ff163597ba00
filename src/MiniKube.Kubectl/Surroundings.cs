namespace MiniKube.Kubectl;

/// <summary>What a command has around it: streams, environment, clock. The only way out of this project besides files and the server.</summary>
public sealed record Surroundings
{
    public required TextWriter Out { get; init; }
    public required TextWriter Error { get; init; }

    /// <summary>The same as <see cref="Out"/> and <see cref="Error"/>, for bytes.</summary>
    public required Stream RawOut { get; init; }
    public required Stream RawError { get; init; }
    public required Stream In { get; init; }
    public required Func<string, string?> Environment { get; init; }
    public required string Home { get; init; }
    public required TimeProvider Time { get; init; }

    /// <summary>A kubeconfig where the user has none of his own: the cluster of this machine.</summary>
    public Func<string?> LocalConfig { get; init; } = () => null;

    public bool InputIsTerminal { get; init; }
    public bool OutputIsTerminal { get; init; }
    public CancellationToken Stop { get; init; }

    /// <summary>The version of the program, for "version".</summary>
    public string Version { get; init; } = "";
}
