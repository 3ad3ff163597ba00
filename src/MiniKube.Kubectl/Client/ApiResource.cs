namespace MiniKube.Kubectl;

/// <summary>A type of objects as the server tells of it.</summary>
internal sealed record ApiResource(string Group, string Version, string Plural, string Singular, string Kind, bool Namespaced)
{
    public IReadOnlyList<string> ShortNames { get; init; } = [];
    public IReadOnlyList<string> Categories { get; init; } = [];
    public IReadOnlyList<string> Verbs { get; init; } = [];
    public IReadOnlyList<string> Subresources { get; init; } = [];

    /// <summary>Whether its version is the one its group prefers.</summary>
    public bool Preferred { get; init; }

    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary>"deployments.apps".</summary>
    public string Qualified => Group.Length == 0 ? Plural : $"{Plural}.{Group}";

    /// <summary>"deployment.apps/web": how an object is called in what is said about it.</summary>
    public string Title(string name) => $"{Kind.ToLowerInvariant()}{(Group.Length == 0 ? "" : "." + Group)}/{name}";

    public string Path(string? ns, string? name = null, string? subresource = null)
    {
        var path = Group.Length == 0 ? $"api/{Version}" : $"apis/{Group}/{Version}";
        if (Namespaced && ns is { Length: > 0 }) path += $"/namespaces/{Uri.EscapeDataString(ns)}";
        path += "/" + Plural;
        if (name is not null) path += "/" + Uri.EscapeDataString(name);
        return subresource is null ? path : $"{path}/{subresource}";
    }
}
