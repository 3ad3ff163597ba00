namespace MiniKube.Kinds.Admission;

[Doc("Webhooks that may refuse objects before they are stored.")]
[Kind("admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations", ClusterScoped = true, Categories = "api-extensions", Generation = true)]
public sealed record ValidatingWebhookConfiguration : KubeObject
{
    [ListMap("name"), PatchMerge("name")]
    public IReadOnlyList<ValidatingWebhook>? Webhooks { get; init; }
}

public sealed record ValidatingWebhook
{
    [Doc("Versions of the review that it understands.")]
    [Required]
    public IReadOnlyList<string>? AdmissionReviewVersions { get; init; }

    [Doc("Where it is and how to reach it.")]
    [Required]
    public WebhookClientConfig? ClientConfig { get; init; }

    [Doc("What to do when it can't be asked: Fail or Ignore.")]
    [Default("Fail"), Allowed("Fail", "Ignore")]
    public string? FailurePolicy { get; init; }

    [Doc("Expressions that must all hold for a request to be looked at.")]
    [ListMap("name"), PatchMerge("name")]
    public IReadOnlyList<MatchCondition>? MatchConditions { get; init; }

    [Doc("Whether equivalent versions of a resource match too.")]
    [Default("Equivalent"), Allowed("Equivalent", "Exact")]
    public string? MatchPolicy { get; init; }

    [Required]
    public string? Name { get; init; }

    [Doc("Picks namespaces by their labels.")]
    [Zero]
    public LabelSelector? NamespaceSelector { get; init; }

    [Doc("Picks objects by their labels.")]
    [Zero]
    public LabelSelector? ObjectSelector { get; init; }

    [Doc("Which requests it is asked about.")]
    public IReadOnlyList<RuleWithOperations>? Rules { get; init; }

    [Doc("Whether calling it changes anything elsewhere.")]
    [Required, Allowed("None", "NoneOnDryRun", "Some", "Unknown")]
    public string? SideEffects { get; init; }

    [Doc("Seconds to wait for the answer.")]
    [Default(10)]
    public int? TimeoutSeconds { get; init; }
}
