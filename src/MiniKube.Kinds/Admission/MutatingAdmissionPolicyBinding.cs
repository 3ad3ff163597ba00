namespace MiniKube.Kinds.Admission;

[Doc("Puts a mutating policy in force, with parameters.")]
[Kind("admissionregistration.k8s.io", "v1", "mutatingadmissionpolicybindings", ClusterScoped = true, Categories = "api-extensions", Generation = true)]
public sealed record MutatingAdmissionPolicyBinding : KubeObject
{
    [Doc("The desired state.")]
    [Zero]
    public MutatingAdmissionPolicyBindingSpec? Spec { get; init; }
}

public sealed record MutatingAdmissionPolicyBindingSpec
{
    public MatchResources? MatchResources { get; init; }
    public ParamRef? ParamRef { get; init; }
    public string? PolicyName { get; init; }
}
