namespace MiniKube.Kinds.Admission;

[Doc("Webhooks that may change objects before they are stored.")]
[Kind("admissionregistration.k8s.io", "v1", "mutatingwebhookconfigurations", ClusterScoped = true, Categories = "api-extensions", Generation = true)]
public sealed record MutatingWebhookConfiguration : KubeObject
{
    [ListMap("name"), PatchMerge("name")]
    public IReadOnlyList<MutatingWebhook>? Webhooks { get; init; }
}

public sealed record MutatingWebhook
{
    [Required]
    public IReadOnlyList<string>? AdmissionReviewVersions { get; init; }

    [Required]
    public WebhookClientConfig? ClientConfig { get; init; }

    [Default("Fail"), Allowed("Fail", "Ignore")]
    public string? FailurePolicy { get; init; }

    [ListMap("name"), PatchMerge("name")]
    public IReadOnlyList<MatchCondition>? MatchConditions { get; init; }

    [Default("Equivalent"), Allowed("Equivalent", "Exact")]
    public string? MatchPolicy { get; init; }

    [Required]
    public string? Name { get; init; }

    [Zero]
    public LabelSelector? NamespaceSelector { get; init; }

    [Zero]
    public LabelSelector? ObjectSelector { get; init; }

    [Default("Never"), Allowed("IfNeeded", "Never")]
    public string? ReinvocationPolicy { get; init; }

    public IReadOnlyList<RuleWithOperations>? Rules { get; init; }

    [Required, Allowed("None", "NoneOnDryRun", "Some", "Unknown")]
    public string? SideEffects { get; init; }

    [Default(10)]
    public int? TimeoutSeconds { get; init; }
}
