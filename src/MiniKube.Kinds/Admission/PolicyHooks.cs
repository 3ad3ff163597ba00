using MiniKube.Machinery;
using MiniKube.Machinery.Cel;

namespace MiniKube.Kinds.Admission;

internal static class PolicyHooks
{
    public static readonly KindHooks Validating = new()
    {
        Validate = (policy, errors) =>
        {
            var spec = Spot.Root(policy, errors)["spec"];
            var names = Common(spec);
            if (spec["validations"].List.Count == 0 && spec["auditAnnotations"].List.Count == 0)
            {
                spec["validations"].Required("validations or auditAnnotations must contain at least one item");
                spec["auditAnnotations"].Required("validations or auditAnnotations must contain at least one item");
            }
            foreach (var validation in spec["validations"].Items())
            {
                Expression(validation["expression"], names, "expression is not specified");
                if (validation["messageExpression"].IsSet) Expression(validation["messageExpression"], names, "must be non-empty if specified");
                if (validation["message"].IsSet && validation["message"].Text.Trim().Length == 0)
                    validation["message"].Invalid("message must be non-empty if specified");
                validation["reason"].OneOfIfSet("Forbidden", "Invalid", "RequestEntityTooLarge", "Unauthorized");
            }
            var keys = new HashSet<string>(StringComparer.Ordinal);
            foreach (var annotation in spec["auditAnnotations"].Items())
            {
                if (annotation["key"].IsBlank) annotation["key"].Required();
                else if (!keys.Add(annotation["key"].Text)) annotation["key"].Duplicate();
                Expression(annotation["valueExpression"], names, "valueExpression is not specified");
            }
        },
    };

    public static readonly KindHooks Mutating = new()
    {
        Validate = (policy, errors) =>
        {
            var spec = Spot.Root(policy, errors)["spec"];
            var names = CelAdmission.ForMutations(Common(spec));
            if (spec["mutations"].List.Count == 0) spec["mutations"].Required("mutations must contain at least one item");
            foreach (var mutation in spec["mutations"].Items())
            {
                mutation["patchType"].OneOf("ApplyConfiguration", "JSONPatch");
                var field = mutation["patchType"].Text == "JSONPatch" ? "jsonPatch" : "applyConfiguration";
                Expression(mutation[field]["expression"], names, "expression is not specified");
            }
            spec["reinvocationPolicy"].OneOf("IfNeeded", "Never");
        },
    };

    public static readonly KindHooks ValidatingBinding = new()
    {
        Validate = (binding, errors) =>
        {
            var spec = Spot.Root(binding, errors)["spec"];
            Binding(spec);
            var actions = spec["validationActions"];
            if (actions.List.Count == 0) actions.Required("at least one validation action is required");
            foreach (var action in actions.Items())
                if (action.Text is not ("Deny" or "Warn" or "Audit")) action.NotSupported("Audit", "Deny", "Warn");
            if (actions.Texts.Contains("Deny") && actions.Texts.Contains("Warn"))
                actions.Invalid("must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)");
        },
    };

    public static readonly KindHooks MutatingBinding = new() { Validate = (binding, errors) => Binding(Spot.Root(binding, errors)["spec"]) };

    /// <summary>What policies of both kinds have in common; the names their expressions may use.</summary>
    private static IReadOnlyDictionary<string, Schema?> Common(Spot spec)
    {
        spec["failurePolicy"].OneOfIfSet("Fail", "Ignore");
        if (spec["paramKind"] is { IsSet: true } kind)
        {
            if (kind["apiVersion"].IsBlank) kind["apiVersion"].Required();
            if (kind["kind"].IsBlank) kind["kind"].Required();
        }
        var constraints = spec["matchConstraints"];
        if (!constraints.IsSet) constraints.Required();
        else
        {
            Match(constraints);
            if (constraints["resourceRules"].List.Count == 0) constraints["resourceRules"].Required();
        }
        var withParams = spec["paramKind"].IsSet;
        MatchConditions(spec["matchConditions"], CelAdmission.ForPolicies(withParams, []));
        var variables = new HashSet<string>(StringComparer.Ordinal);
        foreach (var variable in spec["variables"].Items())
        {
            // A variable knows those before it.
            Expression(variable["expression"], CelAdmission.ForPolicies(withParams, variables), "expression is not specified");
            if (variable["name"].IsBlank) variable["name"].Required("name is not specified");
            else if (!variables.Add(variable["name"].Text)) variable["name"].Duplicate();
        }
        return CelAdmission.ForPolicies(withParams, variables);
    }

    private static void Expression(Spot expression, IReadOnlyDictionary<string, Schema?> names, string missing)
    {
        if (expression.Text.Trim().Length == 0) expression.Required(missing);
        else if (CelAdmission.Fault(expression.Text, names) is { } fault) expression.Invalid(fault);
    }

    private static void Match(Spot constraints)
    {
        foreach (var selector in (ReadOnlySpan<string>)["namespaceSelector", "objectSelector"])
            if (constraints[selector].IsSet) SelectorRules.Check(constraints[selector]);
        constraints["matchPolicy"].OneOfIfSet("Equivalent", "Exact");
        foreach (var rule in constraints["resourceRules"].Items().Concat(constraints["excludeResourceRules"].Items())) WebhookHooks.Rule(rule);
    }

    internal static void MatchConditions(Spot conditions, IReadOnlyDictionary<string, Schema?> known)
    {
        if (conditions.List.Count > 64) conditions.TooMany(64);
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var condition in conditions.Items())
        {
            Expression(condition["expression"], known, "");
            if (condition["name"].IsBlank) condition["name"].Required();
            else if (!names.Add(condition["name"].Text)) condition["name"].Duplicate();
            else condition["name"].Follows(LabelRules.Key);
        }
    }

    private static void Binding(Spot spec)
    {
        if (spec["policyName"].IsBlank) spec["policyName"].Required();
        else spec["policyName"].Follows(NameRules.DnsSubdomain);
        if (spec["paramRef"] is { IsSet: true } reference)
        {
            if (reference["name"].IsBlank == !reference["selector"].IsSet)
            {
                if (reference["name"].IsBlank) reference.Required("one of name or selector must be specified");
                else reference["name"].Forbidden("name and selector are mutually exclusive");
            }
            var action = reference["parameterNotFoundAction"];
            if (action.IsBlank) action.Required();
            else if (action.Text is not ("Allow" or "Deny")) action.NotSupported("Deny", "Allow");
        }
        if (spec["matchResources"].IsSet) Match(spec["matchResources"]);
    }
}
