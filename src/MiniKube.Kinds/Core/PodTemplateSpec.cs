using MiniKube.Kinds.Meta;

namespace MiniKube.Kinds.Core;

[Doc("What pods made from a template look like.")]
public sealed record PodTemplateSpec
{
    [Doc("Labels and annotations of the pods.")]
    [Zero]
    public ObjectMeta? Metadata { get; init; }

    [Doc("What the pods should be.")]
    [Zero]
    public PodSpec? Spec { get; init; }
}
