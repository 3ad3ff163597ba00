using MiniKube.Kinds.Meta;

namespace MiniKube.Kinds.Resource;

[Doc("Makes a ResourceClaim for each pod that refers to it.")]
[Kind("resource.k8s.io", "v1", "resourceclaimtemplates")]
public sealed record ResourceClaimTemplate : KubeObject
{
    [Doc("The desired state.")]
    [Required, Zero]
    public ResourceClaimTemplateSpec? Spec { get; init; }
}

public sealed record ResourceClaimTemplateSpec
{
    public ObjectMeta? Metadata { get; init; }

    [Doc("The desired state.")]
    [Required, Zero]
    public ResourceClaimSpec? Spec { get; init; }
}
