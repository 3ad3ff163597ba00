namespace MiniKube.Kinds.Networking;

[Doc("An address in use, with the object that holds it.")]
[Kind("networking.k8s.io", "v1", "ipaddresses", ClusterScoped = true, Short = "ip")]
public sealed record IPAddress : KubeObject
{
    [Doc("The desired state.")]
    [Required, Zero]
    public IPAddressSpec? Spec { get; init; }
}

public sealed record IPAddressSpec
{
    [Required]
    public ParentReference? ParentRef { get; init; }
}

public sealed record ParentReference
{
    public string? Group { get; init; }

    [Required]
    public string? Name { get; init; }

    public string? Namespace { get; init; }

    [Required]
    public string? Resource { get; init; }
}
