namespace MiniKube.Kinds;

/// <summary>A kind and where it is served. An empty plural is a kind that only travels in bodies of subresources.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class KindAttribute(string group, string version, string plural) : Attribute
{
    public string Group { get; } = group;
    public string Version { get; } = version;
    public string Plural { get; } = plural;

    public bool ClusterScoped { get; init; }

    /// <summary>Short names, separated by spaces.</summary>
    public string Short { get; init; } = "";

    /// <summary>Categories, separated by spaces.</summary>
    public string Categories { get; init; } = "";

    /// <summary>Verbs, separated by spaces; empty is all of them.</summary>
    public string Verbs { get; init; } = "";

    /// <summary>metadata.generation counts the changes of the desired state.</summary>
    public bool Generation { get; init; }
}

[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class SubresourceAttribute(string name, string verbs = "get patch update") : Attribute
{
    public string Name { get; } = name;
    public string Verbs { get; } = verbs;

    /// <summary>"policy/v1 Eviction" when its bodies are not of the parent's kind.</summary>
    public string? Body { get; init; }
}

/// <summary>The scale subresource and the paths behind it. A selector path may lead to a text, a map or a LabelSelector.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ScaleSubresourceAttribute(string specReplicas, string statusReplicas, string selector) : Attribute
{
    public string SpecReplicas { get; } = specReplicas;
    public string StatusReplicas { get; } = statusReplicas;
    public string Selector { get; } = selector;
}
