namespace MiniKube.Host;

/// <summary>Everything `minik agent` was told.</summary>
public sealed record AgentSettings : NodeSettings
{
    /// <summary>The server to join; null for the one that was joined before.</summary>
    public Uri? Join { get; init; }

    internal JoinSecret? Secret { get; init; }
}
