using System.Text.Json.Serialization;
using MiniKube.Machinery;

namespace MiniKube.Kinds.Apiextensions;

public sealed record JSONSchemaProps
{
    [JsonPropertyName("$ref"), KeepEmpty]
    public string? Ref { get; init; }

    [JsonPropertyName("$schema")]
    public string? Schema { get; init; }

    [Raw("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrBool")]
    public Json? AdditionalItems { get; init; }

    [Raw("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrBool")]
    public Json? AdditionalProperties { get; init; }

    public IReadOnlyList<JSONSchemaProps>? AllOf { get; init; }
    public IReadOnlyList<JSONSchemaProps>? AnyOf { get; init; }

    [Raw("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON")]
    public Json? Default { get; init; }

    public IReadOnlyDictionary<string, JSONSchemaProps>? Definitions { get; init; }

    [Raw("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrStringArray")]
    public IReadOnlyDictionary<string, Json>? Dependencies { get; init; }

    public string? Description { get; init; }

    [Raw("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON")]
    public IReadOnlyList<Json>? Enum { get; init; }

    [Raw("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON")]
    public Json? Example { get; init; }

    [OmitZero]
    public bool? ExclusiveMaximum { get; init; }

    [OmitZero]
    public bool? ExclusiveMinimum { get; init; }

    public ExternalDocumentation? ExternalDocs { get; init; }
    public string? Format { get; init; }
    public string? Id { get; init; }

    [Raw("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrArray")]
    public Json? Items { get; init; }

    public long? MaxItems { get; init; }
    public long? MaxLength { get; init; }
    public long? MaxProperties { get; init; }
    public double? Maximum { get; init; }
    public long? MinItems { get; init; }
    public long? MinLength { get; init; }
    public long? MinProperties { get; init; }
    public double? Minimum { get; init; }
    public double? MultipleOf { get; init; }
    public JSONSchemaProps? Not { get; init; }

    [OmitZero]
    public bool? Nullable { get; init; }

    public IReadOnlyList<JSONSchemaProps>? OneOf { get; init; }
    public string? Pattern { get; init; }
    public IReadOnlyDictionary<string, JSONSchemaProps>? PatternProperties { get; init; }
    public IReadOnlyDictionary<string, JSONSchemaProps>? Properties { get; init; }
    public IReadOnlyList<string>? Required { get; init; }
    public string? Title { get; init; }
    public string? Type { get; init; }

    [OmitZero]
    public bool? UniqueItems { get; init; }

    [JsonPropertyName("x-kubernetes-embedded-resource"), OmitZero]
    public bool? XKubernetesEmbeddedResource { get; init; }

    [JsonPropertyName("x-kubernetes-int-or-string"), OmitZero]
    public bool? XKubernetesIntOrString { get; init; }

    [JsonPropertyName("x-kubernetes-list-map-keys")]
    public IReadOnlyList<string>? XKubernetesListMapKeys { get; init; }

    [JsonPropertyName("x-kubernetes-list-type")]
    public string? XKubernetesListType { get; init; }

    [JsonPropertyName("x-kubernetes-map-type")]
    public string? XKubernetesMapType { get; init; }

    [JsonPropertyName("x-kubernetes-preserve-unknown-fields")]
    public bool? XKubernetesPreserveUnknownFields { get; init; }

    [JsonPropertyName("x-kubernetes-validations"), ListMap("rule"), PatchMerge("rule")]
    public IReadOnlyList<ValidationRule>? XKubernetesValidations { get; init; }
}

public sealed record ExternalDocumentation
{
    public string? Description { get; init; }
    public string? Url { get; init; }
}

public sealed record ValidationRule
{
    public string? FieldPath { get; init; }
    public string? Message { get; init; }
    public string? MessageExpression { get; init; }
    public bool? OptionalOldSelf { get; init; }

    [KeepEmpty, Allowed("FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired")]
    public string? Reason { get; init; }

    [Required]
    public string? Rule { get; init; }
}
