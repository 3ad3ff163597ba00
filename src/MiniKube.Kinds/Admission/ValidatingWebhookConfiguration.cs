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

    public IReadOnlyList<RuleWithOperations>? Rules { get; init; }

    [Required, Allowed("None", "NoneOnDryRun", "Some", "Unknown")]
    public string? SideEffects { get; init; }

    [Default(10)]
    public int? TimeoutSeconds { get; init; }
}
