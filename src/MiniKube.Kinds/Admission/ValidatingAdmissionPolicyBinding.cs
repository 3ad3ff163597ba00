namespace MiniKube.Kinds.Admission;

[Doc("Puts a validating policy in force, with parameters.")]
[Kind("admissionregistration.k8s.io", "v1", "validatingadmissionpolicybindings", ClusterScoped = true, Categories = "api-extensions", Generation = true)]
public sealed record ValidatingAdmissionPolicyBinding : KubeObject
{
    [Doc("The desired state.")]
    [Required, Zero]
    public ValidatingAdmissionPolicyBindingSpec? Spec { get; init; }
}

public sealed record ValidatingAdmissionPolicyBindingSpec
{
    public MatchResources? MatchResources { get; init; }
    public ParamRef? ParamRef { get; init; }

    [Required]
    public string? PolicyName { get; init; }

    [Required, ListSet]
    public IReadOnlyList<string>? ValidationActions { get; init; }
}
