namespace MiniKube.Kinds.Admission;

[Doc("Expressions that change objects before they are stored.")]
[Kind("admissionregistration.k8s.io", "v1", "mutatingadmissionpolicies", ClusterScoped = true, Categories = "api-extensions", Generation = true)]
public sealed record MutatingAdmissionPolicy : KubeObject
{
    [Doc("The desired state.")]
    [Zero]
    public MutatingAdmissionPolicySpec? Spec { get; init; }
}

public sealed record MutatingAdmissionPolicySpec
{
    [Default("Fail"), Allowed("Fail", "Ignore")]
    public string? FailurePolicy { get; init; }

    [ListMap("name"), PatchMerge("name")]
    public IReadOnlyList<MatchCondition>? MatchConditions { get; init; }

    public MatchResources? MatchConstraints { get; init; }
    public IReadOnlyList<Mutation>? Mutations { get; init; }
    public ParamKind? ParamKind { get; init; }

    [Allowed("IfNeeded", "Never")]
    public string? ReinvocationPolicy { get; init; }

    public IReadOnlyList<Variable>? Variables { get; init; }
}

public sealed record Mutation
{
    public ApplyConfiguration? ApplyConfiguration { get; init; }
    public JSONPatch? JsonPatch { get; init; }

    [Required, Allowed("ApplyConfiguration", "JSONPatch")]
    public string? PatchType { get; init; }
}

public sealed record ApplyConfiguration
{
    public string? Expression { get; init; }
}

public sealed record JSONPatch
{
    public string? Expression { get; init; }
}
