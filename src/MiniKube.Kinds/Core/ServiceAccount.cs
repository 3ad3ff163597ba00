namespace MiniKube.Kinds.Core;

[Doc("An identity for programs in a namespace.")]
[Kind("", "v1", "serviceaccounts", Short = "sa")]
[Subresource("token", "create", Body = "authentication.k8s.io/v1 TokenRequest")]
public sealed record ServiceAccount : KubeObject
{
    public bool? AutomountServiceAccountToken { get; init; }
    public IReadOnlyList<LocalObjectReference>? ImagePullSecrets { get; init; }

    [ListMap("name"), PatchMerge("name")]
    public IReadOnlyList<ObjectReference>? Secrets { get; init; }
}
