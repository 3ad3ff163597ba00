using System.Text.RegularExpressions;

namespace MiniKube.Kubelet.Images;

/// <summary>An image's name in full: "busybox" is "docker.io/library/busybox:latest".</summary>
public sealed partial record ImageName(string Registry, string Path, string? Tag, string? Digest)
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
        if (rest == "sha256" || tag is not null && !TagForm().IsMatch(tag) || digest is not null && !DigestForm().IsMatch(digest)) return null;
        var first = rest.Split('/')[0];
        var named = rest.Contains('/') && (first.Contains('.') || first.Contains(':') || first == "localhost");
        var (registry, path) = named ? (first, rest[(first.Length + 1)..]) : (DefaultRegistry, rest);
        if (registry == "index.docker.io") registry = DefaultRegistry;
        if (registry == DefaultRegistry && !path.Contains('/')) path = $"library/{path}";
        return !PathForm().IsMatch(path) ? null : new(registry, path, tag ?? (digest is null ? "latest" : null), digest);
    }

    /// <summary>Why it is no name, in the words people look for.</summary>
    public static string FaultOf(string text)
    {
        var rest = text.Split('@')[0];
        var first = rest.Split('/')[0];
        // A first part with capital letters can't be meant for Docker's own registry: it is one itself.
        if (rest.Contains('/') && (first.Contains('.') || first.Contains(':') || first == "localhost" || first.Any(char.IsAsciiLetterUpper))) rest = rest[(first.Length + 1)..];
        var path = rest.Split(':')[0];
        return path.Any(char.IsAsciiLetterUpper) ? $"invalid reference format: repository name ({path}) must be lowercase" : "invalid reference format";
    }

    [GeneratedRegex(@"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}\z")]
    private static partial Regex TagForm();

    [GeneratedRegex(@"^[a-z0-9+.-]+:[0-9a-fA-F]{32,}\z")]
    private static partial Regex DigestForm();

    [GeneratedRegex(@"^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*\z")]
    private static partial Regex PathForm();

    public override string ToString() => $"{Repository}{(Tag is null ? "" : ":" + Tag)}{(Digest is null ? "" : "@" + Digest)}";
}
