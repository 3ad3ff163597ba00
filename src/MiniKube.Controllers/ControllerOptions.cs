namespace MiniKube.Controllers;

/// <summary>What the composition root hands in. What is null has no controller.</summary>
public sealed record ControllerOptions
{
    /// <summary>The cluster's CAs as PEM right now, published in every namespace.</summary>
    public Func<string>? RootCertificate { get; init; }

    /// <summary>The pods' network, cut up among the nodes.</summary>
    public PodNetwork? Network { get; init; }

    public ICertificateSigner? Signer { get; init; }

    public ITokenMint? Tokens { get; init; }

    /// <summary>Where on their nodes the volumes of local-path classes are, and who clears them away.</summary>
    public LocalVolumes? LocalVolumes { get; init; }

    public int MostTerminatedPods { get; init; } = 12500;
}

public sealed record LocalVolumes(string Directory, ILocalDirectories Directories);
