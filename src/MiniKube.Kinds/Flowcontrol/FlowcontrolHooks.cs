using MiniKube.Machinery;

namespace MiniKube.Kinds.Flowcontrol;

internal static class FlowcontrolHooks
{
    public static readonly KindHooks FlowSchema = new()
    {
        Validate = (schema, errors) =>
        {
            var spec = Spot.Root(schema, errors)["spec"];
            var precedence = spec["matchingPrecedence"];
            if (precedence.Whole <= 0) precedence.Invalid("must be a positive value");
            if (precedence.Whole > 10_000) precedence.Invalid("must not be greater than 10000");
            if (spec["distinguisherMethod"].IsSet && spec["distinguisherMethod"]["type"].Text is not ("ByUser" or "ByNamespace"))
                spec["distinguisherMethod"].NotSupported("ByNamespace", "ByUser");
            var level = spec["priorityLevelConfiguration"]["name"];
            if (level.IsBlank) level.Required("must reference a priority level");
            else level.Follows(NameRules.DnsSubdomain);
            foreach (var rule in spec["rules"].Items()) Rule(rule);
        },
    };

    public static readonly KindHooks PriorityLevelConfiguration = new() { Default = Default, Validate = CheckLevel };

    private static void Rule(Spot rule)
    {
        if (rule["subjects"].List.Count == 0) rule["subjects"].Required("subjects must contain at least one value");
        foreach (var subject in rule["subjects"].Items())
        {
            var field = subject["kind"].Text switch { "User" => "user", "Group" => "group", "ServiceAccount" => "serviceAccount", _ => null };
            if (field is null) subject["kind"].NotSupported("Group", "ServiceAccount", "User");
            else if (!subject[field].IsSet) subject[field].Required($"{field} is required when subject kind is '{subject["kind"].Text}'");
            else if (subject[field]["name"].IsBlank) subject[field]["name"].Required();
        }
        if (rule["resourceRules"].List.Count == 0 && rule["nonResourceRules"].List.Count == 0)
            rule.Required("at least one of resourceRules and nonResourceRules has to be non-empty");
        foreach (var resource in rule["resourceRules"].Items())
        {
            foreach (var field in (ReadOnlySpan<string>)["verbs", "apiGroups", "resources"])
                if (resource[field].List.Count == 0) resource[field].Required($"{Word(field)} must contain at least one value");
            if (resource["namespaces"].List.Count == 0 && resource["clusterScope"].Bool != true)
                resource["namespaces"].Required("resource rules that are not cluster scoped must supply at least one namespace");
        }
        foreach (var other in rule["nonResourceRules"].Items())
        {
            foreach (var field in (ReadOnlySpan<string>)["verbs", "nonResourceURLs"])
                if (other[field].List.Count == 0) other[field].Required($"{Word(field)} must contain at least one value");
        }
    }

    private static string Word(string field) => field switch
    {
        "apiGroups" => "resource rules must supply at least one api group;",
        _ => field,
    };

    private static void Default(JsonMap level)
    {
        var spec = level.MapOrNew("spec");
        if (spec.Text("type") == "Exempt")
        {
            var exempt = spec.MapOrNew("exempt");
            if (!exempt.Has("nominalConcurrencyShares")) exempt.Set("nominalConcurrencyShares", 0);
            if (!exempt.Has("lendablePercent")) exempt.Set("lendablePercent", 0);
        }
        if (spec.Map("limited") is not { } limited) return;
        if (!limited.Has("nominalConcurrencyShares")) limited.Set("nominalConcurrencyShares", 30);
        if (!limited.Has("lendablePercent")) limited.Set("lendablePercent", 0);
        if (limited.Map("limitResponse")?.Map("queuing") is not { } queuing) return;
        if (!queuing.Has("queues")) queuing.Set("queues", 64);
        if (!queuing.Has("handSize")) queuing.Set("handSize", 8);
        if (!queuing.Has("queueLengthLimit")) queuing.Set("queueLengthLimit", 50);
    }

    private static void CheckLevel(JsonMap level, List<FieldError> errors)
    {
        var root = Spot.Root(level, errors);
        var spec = root["spec"];
        var (type, limited, exempt) = (spec["type"], spec["limited"], spec["exempt"]);
        switch (type.Text)
        {
            case "Exempt":
                if (limited.IsSet) limited.Forbidden("must be nil if the type is not Limited");
                break;
            case "Limited":
                if (exempt.IsSet) exempt.Forbidden("must be nil if the type is Limited");
                if (!limited.IsSet) limited.Required("must not be empty when type is Limited");
                else Limited(limited);
                break;
            default:
                type.NotSupported("Exempt", "Limited");
                break;
        }
    }

    private static void Limited(Spot limited)
    {
        if (limited["nominalConcurrencyShares"].Whole < 0) limited["nominalConcurrencyShares"].Invalid("must be a non-negative integer");
        if (limited["lendablePercent"].Whole is < 0 or > 100) limited["lendablePercent"].Invalid("must be between 0 and 100, inclusive");
        if (limited["borrowingLimitPercent"].Whole < 0) limited["borrowingLimitPercent"].Invalid("if specified, must be a non-negative integer");
        var (response, queuing) = (limited["limitResponse"], limited["limitResponse"]["queuing"]);
        switch (response["type"].Text)
        {
            case "Reject":
                if (queuing.IsSet) queuing.Forbidden("must be nil if limited.limitResponse.type is not Limited");
                break;
            case "Queue":
                if (!queuing.IsSet) queuing.Required("must not be empty if limited.limitResponse.type is Limited");
                if (queuing["queueLengthLimit"].Whole <= 0) queuing["queueLengthLimit"].Invalid("must be positive");
                if (queuing["queues"].Whole <= 0) queuing["queues"].Invalid("must be positive");
                if (queuing["handSize"].Whole <= 0) queuing["handSize"].Invalid("must be positive");
                if (queuing["handSize"].Whole > queuing["queues"].Whole)
                    queuing["handSize"].Invalid($"should not be greater than queues ({queuing["queues"].Whole})");
                break;
            default:
                response["type"].NotSupported("Queue", "Reject");
                break;
        }
    }
}
