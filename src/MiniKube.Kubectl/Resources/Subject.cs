using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>An object that a command is about: by name, or as it stands in a file.</summary>
internal sealed record Subject(ApiResource Type, string? Namespace, string Name)
{
    /// <summary>As it was read: from the file where there is one, else from the server.</summary>
    public JsonMap Object { get; init; } = [];

    /// <summary>The file it came from.</summary>
    public string? Source { get; init; }

    public string Path => Type.Path(Namespace, Name);
    public string Sub(string subresource) => Type.Path(Namespace, Name, subresource);
    public string Title => Type.Title(Name);
}
