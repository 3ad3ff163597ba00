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

    [Default("Fail"), Allowed("Fail", "Ignore")]
    public string? FailurePolicy { get; init; }

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
    [ListMap("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }

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
    [Required]
    public string? FieldRef { get; init; }

    [Required]
    public string? Warning { get; init; }
}
