namespace MiniKube.Kubelet;

public sealed record ImageInfo(string Id, IReadOnlyList<string> Tags, IReadOnlyList<string> Digests, long SizeBytes)
{
    /// <summary>What the image says about who runs it: "", "65534", "nobody", "1000:1000".</summary>
    public string User { get; init; } = "";
}

public sealed record RegistryCredentials(string Server, string Username, string Password)
{
    public string? IdentityToken { get; init; }
}

/// <summary>How far a pull has come; the total grows while layers become known.</summary>
public sealed record PullProgress(long Bytes, long TotalBytes);
