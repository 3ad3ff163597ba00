namespace MiniKube.Controllers;

/// <summary>What the composition root hands in.</summary>
public sealed record ControllerOptions
{
    /// <summary>The cluster's CA as PEM, published in every namespace.</summary>
    public string? RootCertificate { get; init; }
}
