namespace MiniKube.Kubelet;

/// <summary>What an engine can do beyond the ordinary, in its own words. What it says nothing about is null, or absent.</summary>
public sealed record EngineAbilities
{
    public static readonly EngineAbilities None = new();

    /// <summary>The ways to run a pod that a RuntimeClass may name; the one without a name is everybody's.</summary>
    public IReadOnlyList<HandlerAbilities> Handlers { get; init; } = [];

    /// <summary>Whether the groups that only the image knows can be left out.</summary>
    public bool? GroupsPolicy { get; init; }

    /// <summary>Cgroups are made and limited by systemd, for the engine: nobody else writes to them.</summary>
    public bool SystemdCgroups { get; init; }

    public HandlerAbilities? Of(string handler) => Handlers.FirstOrDefault(h => h.Name == handler);
}

public sealed record HandlerAbilities(string Name, bool RecursiveReadOnly, bool UserNamespaces);
