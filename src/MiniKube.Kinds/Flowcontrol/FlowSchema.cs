namespace MiniKube.Kinds.Flowcontrol;

[Doc("Sorts API requests into a priority level.")]
[Kind("flowcontrol.apiserver.k8s.io", "v1", "flowschemas", ClusterScoped = true, Generation = true)]
[Subresource("status")]
public sealed record FlowSchema : KubeObject
{
    [Doc("The desired state.")]
    [Zero]
    public FlowSchemaSpec? Spec { get; init; }

    [Doc("The observed state, written by the system.")]
    [Zero]
    public FlowSchemaStatus? Status { get; init; }
}

public sealed record FlowSchemaSpec
{
    public FlowDistinguisherMethod? DistinguisherMethod { get; init; }

    [Default(1000), OmitZero]
    public int? MatchingPrecedence { get; init; }

    [Required]
    public PriorityLevelConfigurationReference? PriorityLevelConfiguration { get; init; }

    public IReadOnlyList<PolicyRulesWithSubjects>? Rules { get; init; }
}

public sealed record FlowSchemaStatus
{
    [Doc("Observed aspects of the object's state.")]
    [ListMap("type"), PatchMerge("type")]
    public IReadOnlyList<FlowSchemaCondition>? Conditions { get; init; }
}

public sealed record FlowDistinguisherMethod
{
    [Required]
    public string? Type { get; init; }
}

public sealed record PriorityLevelConfigurationReference
{
    [Required]
    public string? Name { get; init; }
}

public sealed record PolicyRulesWithSubjects
{
    public IReadOnlyList<NonResourcePolicyRule>? NonResourceRules { get; init; }
    public IReadOnlyList<ResourcePolicyRule>? ResourceRules { get; init; }

    [Doc("Whose requests.")]
    [Required]
    public IReadOnlyList<Subject>? Subjects { get; init; }
}

public sealed record FlowSchemaCondition
{
    [Doc("When the status last changed.")]
    [Zero]
    public DateTimeOffset? LastTransitionTime { get; init; }

    public string? Message { get; init; }
    public string? Reason { get; init; }

    [Doc("The observed state, written by the system.")]
    public string? Status { get; init; }

    public string? Type { get; init; }
}

public sealed record NonResourcePolicyRule
{
    [Doc("Paths that are no resources, such as /healthz.")]
    [Required, ListSet]
    public IReadOnlyList<string>? NonResourceURLs { get; init; }

    [Required, ListSet]
    public IReadOnlyList<string>? Verbs { get; init; }
}

public sealed record ResourcePolicyRule
{
    [Doc("API groups; \"\" is core, * is all.")]
    [Required, ListSet]
    public IReadOnlyList<string>? ApiGroups { get; init; }

    public bool? ClusterScope { get; init; }

    [ListSet]
    public IReadOnlyList<string>? Namespaces { get; init; }

    [Required, ListSet]
    public IReadOnlyList<string>? Resources { get; init; }

    [Required, ListSet]
    public IReadOnlyList<string>? Verbs { get; init; }
}

public sealed record Subject
{
    public GroupSubject? Group { get; init; }

    [Required]
    public string? Kind { get; init; }

    public ServiceAccountSubject? ServiceAccount { get; init; }
    public UserSubject? User { get; init; }
}

public sealed record GroupSubject
{
    [Required]
    public string? Name { get; init; }
}

public sealed record ServiceAccountSubject
{
    [Required]
    public string? Name { get; init; }

    [Required]
    public string? Namespace { get; init; }
}

public sealed record UserSubject
{
    [Required]
    public string? Name { get; init; }
}
