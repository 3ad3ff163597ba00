using MiniKube.Machinery;
using MiniKube.Machinery.Cel;

namespace MiniKube.Kinds.Admission;

internal static class WebhookHooks
{
    private static readonly string[] Operations = ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"];

    public static readonly KindHooks All = new() { Validate = Check };

    private static void Check(JsonMap configuration, List<FieldError> errors)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var webhook in Spot.Root(configuration, errors)["webhooks"].Items())
        {
            var versions = webhook["admissionReviewVersions"];
            if (versions.List.Count == 0) versions.Required("must specify one of v1, v1beta1");
            else if (!versions.Texts.Any(v => v is "v1" or "v1beta1"))
                versions.Invalid("must include at least one of v1, v1beta1");
            if (!names.Add(webhook["name"].Text)) webhook["name"].Duplicate();
            Webhook(webhook);
        }
    }

    private static void Webhook(Spot webhook)
    {
        var name = webhook["name"];
        if (name.IsBlank) name.Required();
        else
        {
            name.Follows(NameRules.DnsSubdomain);
            if (name.Text.Split('.').Length < 3) name.Invalid("should be a domain with at least three segments separated by dots");
        }
        foreach (var rule in webhook["rules"].Items()) Rule(rule);
        webhook["failurePolicy"].OneOfIfSet("Fail", "Ignore");
        webhook["matchPolicy"].OneOfIfSet("Equivalent", "Exact");
        var effects = webhook["sideEffects"];
        if (effects.IsBlank) effects.Required("must specify one of None, NoneOnDryRun");
        else if (effects.Text is not ("None" or "NoneOnDryRun")) effects.NotSupported("None", "NoneOnDryRun");
        if (webhook["timeoutSeconds"].Whole is < 1 or > 30) webhook["timeoutSeconds"].Invalid("the timeout value must be between 1 and 30 seconds");
        foreach (var selector in (ReadOnlySpan<string>)["namespaceSelector", "objectSelector"])
            if (webhook[selector].IsSet) SelectorRules.Check(webhook[selector]);
        Client(webhook["clientConfig"]);
        webhook["reinvocationPolicy"].OneOfIfSet("IfNeeded", "Never");
        PolicyHooks.MatchConditions(webhook["matchConditions"], CelAdmission.ForWebhooks);
    }

    /// <summary>How a webhook is reached.</summary>
    internal static void Client(Spot client)
    {
        var (url, service) = (client["url"], client["service"]);
        if (url.IsSet == service.IsSet)
        {
            client.Required("exactly one of url or service is required");
        }
        else if (url.IsSet)
        {
            if (!Uri.TryCreate(url.Text, UriKind.Absolute, out var parsed))
            {
                url.Required($"url must be a valid URL: parse \"{url.Text}\": invalid URI for request; desired format: https://host[/path]");
                return;
            }
            if (parsed.Scheme != "https") url.Invalid(parsed.Scheme, "'https' is the only allowed URL scheme; desired format: https://host[/path]");
            if (parsed.Host.Length == 0) url.Invalid(parsed.Host, "host must be specified; desired format: https://host[/path]");
            if (parsed.UserInfo.Length > 0) url.Invalid(parsed.UserInfo, "user information is not permitted in the URL");
            if (parsed.Fragment.Length > 0) url.Invalid(parsed.Fragment.TrimStart('#'), "fragments are not permitted in the URL");
            if (parsed.Query.Length > 0) url.Invalid(parsed.Query.TrimStart('?'), "query parameters are not permitted in the URL");
        }
        else
        {
            if (service["name"].IsBlank) service["name"].Required("service name is required");
            if (service["namespace"].IsBlank) service["namespace"].Required("service namespace is required");
            if (service["port"].IsSet && service["port"].Whole is not (>= 1 and <= 65535))
                service["port"].Invalid("port is not valid: must be between 1 and 65535, inclusive");
            if (!service["path"].IsBlank && !service["path"].Text.StartsWith('/')) service["path"].Invalid("must start with a '/'");
        }
    }

    internal static void Rule(Spot rule)
    {
        var (groups, versions, resources, operations) = (rule["apiGroups"], rule["apiVersions"], rule["resources"], rule["operations"]);
        if (operations.List.Count == 0) operations.Required();
        Lonely(operations, "*", "if '*' is present, must not specify other operations");
        foreach (var operation in operations.Items())
            if (!Operations.Contains(operation.Text)) operation.NotSupported(Operations);
        if (groups.List.Count == 0) groups.Required();
        Lonely(groups, "*", "if '*' is present, must not specify other API groups");
        if (versions.List.Count == 0) versions.Required();
        Lonely(versions, "*", "if '*' is present, must not specify other API versions");
        foreach (var version in versions.Items())
            if (version.IsBlank) version.Required();
        if (resources.List.Count == 0) resources.Required();
        foreach (var resource in resources.Items())
            if (resource.IsBlank) resource.Required();
        Lonely(resources, "*/*", "if '*/*' is present, must not specify other resources");
        rule["scope"].OneOfIfSet("*", "Cluster", "Namespaced");
    }

    private static void Lonely(Spot list, string star, string why)
    {
        if (list.List.Count > 1 && list.Texts.Contains(star)) list.Invalid(why);
    }
}
