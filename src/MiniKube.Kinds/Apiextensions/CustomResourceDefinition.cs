using MiniKube.Machinery;

namespace MiniKube.Kinds.Apiextensions;

[Doc("Adds a kind of your own to the API.")]
[Kind("apiextensions.k8s.io", "v1", "customresourcedefinitions", ClusterScoped = true, Short = "crd crds", Categories = "api-extensions", Generation = true)]
[Subresource("status")]
public sealed record CustomResourceDefinition : KubeObject
{
    [Doc("The desired state.")]
    [Required, Zero]
    public CustomResourceDefinitionSpec? Spec { get; init; }

    [Doc("The observed state, written by the system.")]
    [Zero]
    public CustomResourceDefinitionStatus? Status { get; init; }
}

public sealed record CustomResourceDefinitionSpec
{
    [Zero]
    public CustomResourceConversion? Conversion { get; init; }

    [Required]
    public string? Group { get; init; }

    [Doc("Its names.")]
    [Required, Zero]
    public CustomResourceDefinitionNames? Names { get; init; }

    [OmitZero]
    public bool? PreserveUnknownFields { get; init; }

    [Doc("Cluster or Namespaced.")]
    [Required]
    public string? Scope { get; init; }

    [Doc("The versions it has.")]
    [Required]
    public IReadOnlyList<CustomResourceDefinitionVersion>? Versions { get; init; }
}

public sealed record CustomResourceDefinitionStatus
{
    [Zero]
    public CustomResourceDefinitionNames? AcceptedNames { get; init; }

    [Doc("Observed aspects of the object's state.")]
    [Zero, ListMap("type")]
    public IReadOnlyList<CustomResourceDefinitionCondition>? Conditions { get; init; }

    [Doc("The generation that this status was computed for.")]
    [OmitZero]
    public long? ObservedGeneration { get; init; }

    [Zero]
    public IReadOnlyList<string>? StoredVersions { get; init; }
}

public sealed record CustomResourceConversion
{
    [Required, Default("None")]
    public string? Strategy { get; init; }

    public WebhookConversion? Webhook { get; init; }
}

public sealed record CustomResourceDefinitionNames
{
    [Doc("Groups such as \"all\" that it is listed under.")]
    public IReadOnlyList<string>? Categories { get; init; }

    [Required, Zero]
    public string? Kind { get; init; }

    [Doc("Name of a list of them.")]
    public string? ListKind { get; init; }

    [Doc("The word in paths.")]
    [Required, Zero]
    public string? Plural { get; init; }

    [Doc("Abbreviations.")]
    public IReadOnlyList<string>? ShortNames { get; init; }

    [Doc("The word for one.")]
    public string? Singular { get; init; }
}

public sealed record CustomResourceDefinitionVersion
{
    [Doc("Columns that kubectl get shows.")]
    public IReadOnlyList<CustomResourceColumnDefinition>? AdditionalPrinterColumns { get; init; }

    [OmitZero]
    public bool? Deprecated { get; init; }

    [KeepEmpty]
    public string? DeprecationWarning { get; init; }

    [Required]
    public string? Name { get; init; }

    public CustomResourceValidation? Schema { get; init; }

    [Doc("Fields that field selectors can name.")]
    public IReadOnlyList<SelectableField>? SelectableFields { get; init; }

    [Doc("Whether this version is served.")]
    [Required]
    public bool? Served { get; init; }

    [Doc("Whether objects are stored in this version.")]
    [Required]
    public bool? Storage { get; init; }

    [Doc("Subresources that it has.")]
    public CustomResourceSubresources? Subresources { get; init; }
}

public sealed record CustomResourceDefinitionCondition
{
    [Doc("When the status last changed.")]
    [Zero]
    public DateTimeOffset? LastTransitionTime { get; init; }

    public string? Message { get; init; }

    [Doc("The generation that this status was computed for.")]
    public long? ObservedGeneration { get; init; }

    public string? Reason { get; init; }

    [Doc("The observed state, written by the system.")]
    [Required, Zero]
    public string? Status { get; init; }

    [Required, Zero]
    public string? Type { get; init; }
}

public sealed record WebhookConversion
{
    [Doc("Where it is and how to reach it.")]
    public WebhookClientConfig? ClientConfig { get; init; }

    [Required]
    public IReadOnlyList<string>? ConversionReviewVersions { get; init; }
}

public sealed record CustomResourceColumnDefinition
{
    public string? Description { get; init; }
    public string? Format { get; init; }

    [Required]
    public string? JsonPath { get; init; }

    [Required]
    public string? Name { get; init; }

    [OmitZero]
    public int? Priority { get; init; }

    [Required]
    public string? Type { get; init; }
}

public sealed record CustomResourceValidation
{
    [Doc("The shape of the objects.")]
    public JSONSchemaProps? OpenAPIV3Schema { get; init; }
}

public sealed record SelectableField
{
    [Required]
    public string? JsonPath { get; init; }
}

public sealed record CustomResourceSubresources
{
    public CustomResourceSubresourceScale? Scale { get; init; }

    [Doc("The observed state, written by the system.")]
    [Raw("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceSubresourceStatus")]
    public Json? Status { get; init; }
}

public sealed record WebhookClientConfig
{
    [Doc("Certificates to trust, in base64.")]
    public byte[]? CaBundle { get; init; }

    public ServiceReference? Service { get; init; }

    [KeepEmpty]
    public string? Url { get; init; }
}

public sealed record CustomResourceSubresourceScale
{
    [KeepEmpty]
    public string? LabelSelectorPath { get; init; }

    [Required]
    public string? SpecReplicasPath { get; init; }

    [Required]
    public string? StatusReplicasPath { get; init; }
}

public sealed record ServiceReference
{
    [Required]
    public string? Name { get; init; }

    [Required]
    public string? Namespace { get; init; }

    [KeepEmpty]
    public string? Path { get; init; }

    [Default(443)]
    public int? Port { get; init; }
}
