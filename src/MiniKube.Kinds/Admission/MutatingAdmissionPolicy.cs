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
    [Doc("What to do when it can't be asked: Fail or Ignore.")]
    [Default("Fail"), Allowed("Fail", "Ignore")]
    public string? FailurePolicy { get; init; }

    [Doc("Expressions that must all hold for a request to be looked at.")]
    [ListMap("name"), PatchMerge("name")]
    public IReadOnlyList<MatchCondition>? MatchConditions { get; init; }

    public MatchResources? MatchConstraints { get; init; }
    public IReadOnlyList<Mutation>? Mutations { get; init; }
    public ParamKind? ParamKind { get; init; }

    [Doc("Whether it is called again after others have changed the object.")]
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
