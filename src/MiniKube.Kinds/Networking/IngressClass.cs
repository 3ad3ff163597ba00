namespace MiniKube.Kinds.Networking;

[Doc("Names the controller that serves Ingresses of a class.")]
[Kind("networking.k8s.io", "v1", "ingressclasses", ClusterScoped = true, Generation = true)]
public sealed record IngressClass : KubeObject
{
    [Doc("The desired state.")]
    [Zero]
    public IngressClassSpec? Spec { get; init; }
}

public sealed record IngressClassSpec
{
    public string? Controller { get; init; }
    public IngressClassParametersReference? Parameters { get; init; }
}

public sealed record IngressClassParametersReference
{
    [KeepEmpty]
    public string? ApiGroup { get; init; }

    [Required]
    public string? Kind { get; init; }

    [Required]
    public string? Name { get; init; }

    [KeepEmpty]
    public string? Namespace { get; init; }

    [Doc("Cluster or Namespaced.")]
    [Default("Cluster"), KeepEmpty]
    public string? Scope { get; init; }
}
