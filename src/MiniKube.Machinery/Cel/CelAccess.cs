namespace MiniKube.Machinery.Cel;

/// <summary>
/// A question to the authorizer as an expression puts it together: authorizer.group("apps").resource("deployments").check("create").
/// With a verb it is asked, and what it says comes from <see cref="Decide"/>.
/// </summary>
public sealed record CelAccess(Func<CelAccess, (bool Allowed, string Why)> Decide) : ICelFields
{
    public string? Path { get; init; }
    public (string Namespace, string Name)? ServiceAccount { get; init; }
    public string Group { get; init; } = "";
    public string Resource { get; init; } = "";
    public string Subresource { get; init; } = "";
    public string Namespace { get; init; } = "";
    public string Name { get; init; } = "";
    public string FieldSelector { get; init; } = "";
    public string? Verb { get; init; }

    /// <summary>The question whether the asker may do what is being asked for right now.</summary>
    public CelAccess? RequestResource { get; init; }

    public bool TryGet(string name, out object? value)
    {
        value = name == "requestResource" ? RequestResource : null;
        return value is not null;
    }
}
