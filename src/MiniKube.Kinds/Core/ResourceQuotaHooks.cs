using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

internal static class ResourceQuotaHooks
{
    private static readonly string[] Scopes =
        ["Terminating", "NotTerminating", "BestEffort", "NotBestEffort", "PriorityClass", "CrossNamespacePodAffinity", "VolumeAttributesClass"];

    private static readonly string[] ForPods =
    [
        "pods", "cpu", "memory", "ephemeral-storage", "requests.cpu", "requests.memory", "requests.ephemeral-storage", "limits.cpu",
        "limits.memory", "limits.ephemeral-storage",
    ];

    public static readonly KindHooks All = new()
    {
        Validate = Check,
        ValidateUpdate = (quota, old, errors) =>
        {
            if (Spot.Root(quota, errors)["spec"]["scopes"] is var scopes && !Same(scopes.Value, old.Map("spec")?["scopes"]))
                scopes.Invalid(scopes.Value ?? Json.Null, "field is immutable");
        },
    };

    private static bool Same(Json? a, Json? b) => a is null ? b is null : a.SameAs(b);

    private static void Check(JsonMap quota, List<FieldError> errors)
    {
        var root = Spot.Root(quota, errors);
        Amounts(root["spec"]["hard"]);
        var hard = root["spec"]["hard"].Map.Keys.Order(StringComparer.Ordinal).ToArray();
        CheckScopes(root["spec"]["scopes"], hard);
        Selector(root["spec"]["scopeSelector"]["matchExpressions"], root["spec"]["scopes"], hard);
        Amounts(root["status"]["hard"]);
        Amounts(root["status"]["used"]);
    }

    private static void Amounts(Spot amounts)
    {
        foreach (var (name, at) in amounts.Entries())
        {
            ResourceValidation.QuotaName(name, at);
            ResourceValidation.Amount(name, at);
        }
    }

    private static void CheckScopes(Spot scopes, string[] hard)
    {
        foreach (var scope in scopes.Texts)
        {
            if (!Scopes.Contains(scope)) scopes.Invalid("unsupported scope");
            foreach (var name in hard)
                if (ResourceValidation.IsQuota(name) && !Fits(scope, name)) scopes.Invalid("unsupported scope applied to resource");
        }
        Conflicts(scopes, scopes.Texts.ToArray());
    }

    private static bool Fits(string scope, string name) => scope switch
    {
        "Terminating" or "NotTerminating" or "NotBestEffort" or "PriorityClass" or "CrossNamespacePodAffinity" => ForPods.Contains(name),
        "BestEffort" => name == "pods",
        "VolumeAttributesClass" => name is "persistentvolumeclaims" or "requests.storage",
        _ => true,
    };

    private static void Conflicts(Spot at, string[] scopes)
    {
        foreach (var (a, b) in (ReadOnlySpan<(string, string)>)[("BestEffort", "NotBestEffort"), ("Terminating", "NotTerminating")])
            if (scopes.Contains(a) && scopes.Contains(b)) at.Invalid("conflicting scopes");
    }

    private static void Selector(Spot expressions, Spot scopes, string[] hard)
    {
        foreach (var expression in expressions.Items())
        {
            var (scope, op, values) = (expression["scopeName"].Under(expressions.Path + ".scopeName"), expression["operator"].Under(expressions.Path + ".operator"),
                expression["values"].Under(expressions.Path + ".values"));
            if (!Scopes.Contains(scope.Text)) scope.Invalid(scope.Text, "unsupported scope");
            foreach (var name in hard)
                if (ResourceValidation.IsQuota(name) && !Fits(scope.Text, name)) expressions.Invalid("unsupported scope applied to resource");
            if (scope.Text is "BestEffort" or "NotBestEffort" or "Terminating" or "NotTerminating" or "CrossNamespacePodAffinity" && op.Text != "Exists")
                op.Invalid(op.Text, "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, "
                    + "ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity");
            switch (op.Text)
            {
                case "In" or "NotIn":
                    if (values.List.Count == 0) values.Required("must be at least one value when `operator` is 'In' or 'NotIn' for scope selector");
                    break;
                case "Exists" or "DoesNotExist":
                    if (values.List.Count > 0) values.Invalid("must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector");
                    break;
                default:
                    op.Invalid(op.Text, "not a valid selector operator");
                    break;
            }
        }
        Conflicts(scopes, [.. expressions.List.Maps().Select(e => e.Text("scopeName") ?? "")]);
    }
}
