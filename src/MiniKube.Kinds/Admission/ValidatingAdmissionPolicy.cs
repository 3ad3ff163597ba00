using MiniKube.Kinds.Meta;

namespace MiniKube.Kinds.Admission;

[Doc("Expressions that objects must satisfy before they are stored.")]
[Kind("admissionregistration.k8s.io", "v1", "validatingadmissionpolicies", ClusterScoped = true, Categories = "api-extensions", Generation = true)]
[Subresource("status")]
public sealed record ValidatingAdmissionPolicy : KubeObject
{
    [Doc("The desired state.")]
    [Zero]
    public ValidatingAdmissionPolicySpec? Spec { get; init; }

    [Doc("The observed state, written by the system.")]
    [Zero]
    public ValidatingAdmissionPolicyStatus? Status { get; init; }
}

public sealed record ValidatingAdmissionPolicySpec
{
    public IReadOnlyList<AuditAnnotation>? AuditAnnotations { get; init; }

    [Doc("What to do when it can't be asked: Fail or Ignore.")]
    [Default("Fail"), Allowed("Fail", "Ignore")]
    public string? FailurePolicy { get; init; }

    [Doc("Expressions that must all hold for a request to be looked at.")]
    [ListMap("name"), PatchMerge("name")]
    public IReadOnlyList<MatchCondition>? MatchConditions { get; init; }

    public MatchResources? MatchConstraints { get; init; }
    public ParamKind? ParamKind { get; init; }
    public IReadOnlyList<Validation>? Validations { get; init; }

    [ListMap("name"), PatchMerge("name")]
    public IReadOnlyList<Variable>? Variables { get; init; }
}

public sealed record ValidatingAdmissionPolicyStatus
{
    [Doc("Observed aspects of the object's state.")]
    [ListMap("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }

    [Doc("The generation that this status was computed for.")]
    [OmitZero]
    public long? ObservedGeneration { get; init; }

    public TypeChecking? TypeChecking { get; init; }
}

public sealed record AuditAnnotation
{
    [Required]
    public string? Key { get; init; }

    [Required]
    public string? ValueExpression { get; init; }
}

public sealed record Validation
{
    [Required]
    public string? Expression { get; init; }

    public string? Message { get; init; }
    public string? MessageExpression { get; init; }
    public string? Reason { get; init; }
}

public sealed record TypeChecking
{
    public IReadOnlyList<ExpressionWarning>? ExpressionWarnings { get; init; }
}

public sealed record ExpressionWarning
{
    [Doc("A field of the pod.")]
    [Required]
    public string? FieldRef { get; init; }

    [Required]
    public string? Warning { get; init; }
}
