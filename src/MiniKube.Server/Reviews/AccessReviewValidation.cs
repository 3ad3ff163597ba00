using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>What is wrong with a question about access, in upstream's words.</summary>
internal static class AccessReviewValidation
{
    public static List<FieldError> Faults(Kind kind, JsonMap review, JsonMap spec, bool self, string ns)
    {
        var errors = new List<FieldError>();
        var (resource, path) = (spec.Map("resourceAttributes"), spec.Map("nonResourceAttributes"));
        if (resource is not null && path is not null)
            errors.Add(FieldError.Invalid("spec.nonResourceAttributes", path, "cannot be specified in combination with resourceAttributes"));
        if (resource is null && path is null)
            errors.Add(FieldError.Invalid("spec.resourceAttributes", Json.Null, "exactly one of nonResourceAttributes or resourceAttributes must be specified"));
        if (!self && spec.Text("user") is null or "" && spec.List("groups") is null or { Count: 0 })
            errors.Add(FieldError.Invalid("spec.user", spec["user"] ?? "", "at least one of user or group must be specified"));
        foreach (var selector in new[] { "fieldSelector", "labelSelector" })
            if (resource?.Map(selector) is { } narrowed) Selector(narrowed, $"spec.resourceAttributes.{selector}", errors);
        var metadata = review.Map("metadata") ?? [];
        if (metadata.Any(m => m.Key is not ("managedFields" or "creationTimestamp") && !(kind.Namespaced && m.Key == "namespace") && m.Value is not (JsonNull or JsonText { Value: "" })))
            errors.Add(FieldError.Invalid("metadata", metadata, kind.Namespaced ? "must be empty except for namespace" : "must be empty"));
        if (kind.Namespaced && resource is not null && (resource.Text("namespace") ?? "") != ns)
            errors.Add(FieldError.Invalid("spec.resourceAttributes.namespace", resource["namespace"] ?? "", "must match metadata.namespace"));
        if (kind.Namespaced && path is not null) errors.Add(FieldError.Invalid("spec.nonResourceAttributes", path, "disallowed on this kind of request"));
        return errors;
    }

    private static void Selector(JsonMap selector, string at, List<FieldError> errors)
    {
        var (raw, requirements) = (selector.Text("rawSelector") ?? "", (selector.List("requirements") ?? []).Maps().ToList());
        if (raw.Length > 0 && requirements.Count > 0) errors.Add(FieldError.Invalid($"{at}.rawSelector", raw, "may not specified at the same time as requirements"));
        if (raw.Length == 0 && requirements.Count == 0) errors.Add(FieldError.Required($"{at}.requirements", $"when {at} is specified, requirements or rawSelector is required"));
        for (var i = 0; i < requirements.Count; i++)
        {
            var (one, place) = (requirements[i], $"{at}.requirements[{i}]");
            var values = one.List("values") is { Count: > 0 };
            if (one.Text("key") is null or "") errors.Add(FieldError.Required($"{place}.key", "must be specified"));
            switch (one.Text("operator"))
            {
                case "In" or "NotIn":
                    if (!values) errors.Add(FieldError.Required($"{place}.values", "must be specified when `operator` is 'In' or 'NotIn'"));
                    break;
                case "Exists" or "DoesNotExist":
                    if (values) errors.Add(FieldError.Forbidden($"{place}.values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
                    break;
                default:
                    errors.Add(FieldError.Invalid($"{place}.operator", one["operator"] ?? "", "not a valid selector operator"));
                    break;
            }
        }
    }
}
