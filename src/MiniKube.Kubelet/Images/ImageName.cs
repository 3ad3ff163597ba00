namespace MiniKube.Kubelet.Images;

/// <summary>An image's name in full: "busybox" is "docker.io/library/busybox:latest".</summary>
public sealed record ImageName(string Registry, string Path, string? Tag, string? Digest)
{
    private const string DefaultRegistry = "docker.io";

    /// <summary>Registry and path.</summary>
    public string Repository => $"{Registry}/{Path}";

    /// <summary>Null when it is no name, as with a bare id.</summary>
    public static ImageName? Parse(string text)
    {
        var (rest, digest) = text.IndexOf('@') is >= 0 and var at ? (text[..at], text[(at + 1)..]) : (text, null);
        if (rest.Length == 0 || digest is { Length: 0 }) return null;
        string? tag = null;
        if (rest.LastIndexOf(':') is var colon && colon > rest.LastIndexOf('/')) (rest, tag) = (rest[..colon], rest[(colon + 1)..]);
        // "sha256:…" is an id, not a repository with a tag.
        if (rest == "sha256" || tag is { Length: 0 } || rest.Any(c => char.IsAsciiLetterUpper(c) && rest.IndexOf('/') < 0) || rest.Any(char.IsWhiteSpace)) return null;
        var first = rest.Split('/')[0];
        var named = rest.Contains('/') && (first.Contains('.') || first.Contains(':') || first == "localhost");
        var (registry, path) = named ? (first, rest[(first.Length + 1)..]) : (DefaultRegistry, rest);
        if (registry == "index.docker.io") registry = DefaultRegistry;
        if (registry == DefaultRegistry && !path.Contains('/')) path = $"library/{path}";
        return path.Length == 0 ? null : new(registry, path, tag ?? (digest is null ? "latest" : null), digest);
    }

    public override string ToString() => $"{Repository}{(Tag is null ? "" : ":" + Tag)}{(Digest is null ? "" : "@" + Digest)}";
}
