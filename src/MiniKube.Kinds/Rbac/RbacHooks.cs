using MiniKube.Machinery;

namespace MiniKube.Kinds.Rbac;

internal static class RbacHooks
{
    private const string Group = "rbac.authorization.k8s.io";

    public static readonly KindHooks Role = new()
    {
        NameRule = NameRules.PathSegment,
        Validate = (role, errors) => Rules(Spot.Root(role, errors)["rules"], namespaced: true),
    };

    public static readonly KindHooks ClusterRole = new()
    {
        NameRule = NameRules.PathSegment,
        Validate = (role, errors) =>
        {
            var root = Spot.Root(role, errors);
            Rules(root["rules"], namespaced: false);
            if (root["aggregationRule"] is not { IsSet: true } aggregation) return;
            var selectors = aggregation["clusterRoleSelectors"];
            if (selectors.List.Count == 0) selectors.Required("at least one clusterRoleSelector required if aggregationRule is non-nil");
            foreach (var selector in selectors.Items()) SelectorRules.Check(selector);
        },
    };

    public static readonly KindHooks RoleBinding = Binding(["Role", "ClusterRole"], namespaced: true);
    public static readonly KindHooks ClusterRoleBinding = Binding(["ClusterRole"], namespaced: false);

    private static KindHooks Binding(string[] kinds, bool namespaced) => new()
    {
        NameRule = NameRules.PathSegment,
        Default = Default,
        Validate = (binding, errors) => CheckBinding(Spot.Root(binding, errors), kinds, namespaced),
        ValidateUpdate = (binding, old, errors) =>
        {
            if (binding["roleRef"]?.SameAs(old["roleRef"]) != true)
                errors.Add(FieldError.Invalid("roleRef", binding["roleRef"], "cannot change roleRef"));
        },
    };

    private static void Default(JsonMap binding)
    {
        if (binding.Map("roleRef") is { } reference && !reference.Has("apiGroup")) reference.Set("apiGroup", Group);
        foreach (var subject in (binding.List("subjects") ?? []).Maps())
            if (subject.Text("kind") is "User" or "Group" && !subject.Has("apiGroup")) subject.Set("apiGroup", Group);
    }

    private static void Rules(Spot rules, bool namespaced)
    {
        foreach (var rule in rules.Items())
        {
            var (verbs, urls, groups, resources, names) =
                (rule["verbs"], rule["nonResourceURLs"], rule["apiGroups"], rule["resources"], rule["resourceNames"]);
            if (verbs.List.Count == 0) verbs.Required("verbs must contain at least one value");
            if (urls.List.Count > 0)
            {
                if (namespaced) urls.Invalid("namespaced rules cannot apply to non-resource URLs");
                if (groups.List.Count > 0 || resources.List.Count > 0 || names.List.Count > 0)
                    urls.Invalid("rules cannot apply to both regular resources and non-resource URLs");
                continue;
            }
            if (groups.List.Count == 0) groups.Required("resource rules must supply at least one api group");
            if (resources.List.Count == 0) resources.Required("resource rules must supply at least one resource");
        }
    }

    private static void CheckBinding(Spot binding, string[] kinds, bool namespaced)
    {
        var reference = binding["roleRef"];
        if (reference["apiGroup"].Text != Group && reference.IsSet) reference["apiGroup"].NotSupported(Group);
        if (!kinds.Contains(reference["kind"].Text)) reference["kind"].NotSupported(kinds);
        if (reference["name"].IsBlank) reference["name"].Required();
        else reference["name"].Follows(NameRules.PathSegment);
        foreach (var subject in binding["subjects"].Items()) Subject(subject, namespaced);
    }

    private static void Subject(Spot subject, bool namespaced)
    {
        if (subject["name"].IsBlank) subject["name"].Required();
        switch (subject["kind"].Text)
        {
            case "ServiceAccount":
                if (!subject["name"].IsBlank) subject["name"].Follows(NameRules.DnsSubdomain);
                if (!subject["apiGroup"].IsBlank) subject["apiGroup"].NotSupported("");
                if (!namespaced && subject["namespace"].IsBlank) subject["namespace"].Required();
                break;
            case "User" or "Group":
                if (subject["name"].IsBlank) subject["name"].Invalid("", $"{subject["kind"].Text.ToLowerInvariant()} name cannot be empty");
                if (subject["apiGroup"].Text != Group) subject["apiGroup"].NotSupported(Group);
                break;
            default:
                subject["kind"].NotSupported("ServiceAccount", "User", "Group");
                break;
        }
    }
}
