using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>kubectl create role, rolebinding, clusterrole and clusterrolebinding.</summary>
internal static class CreateRbac
{
    private const string Version = "rbac.authorization.k8s.io/v1";

    private static readonly FlagSpec[] Rules = [FlagSpec.List("verb", "What may be done"), FlagSpec.List("resource", "With which types: pods, deployments.apps, pods/log"), FlagSpec.Many("resource-name", "Only with objects of these names")];

    private static readonly FlagSpec[] Bound = [FlagSpec.Text("clusterrole", "The cluster role"), FlagSpec.Many("user", "Users"), FlagSpec.Many("group", "Groups"), FlagSpec.Many("serviceaccount", "Service accounts: namespace:name")];

    public static readonly Verb Role = CreateVerb.Kind("role", "Create a role with single rule", "kubectl create role NAME --verb=verb --resource=resource.group/subresource [options]", "roles", Rules, async (call, name) =>
    {
        var o = CreateVerb.Object(Version, "Role", name);
        o.Set("rules", await Rule(call));
        return o;
    });

    public static readonly Verb ClusterRole = CreateVerb.Kind("clusterrole", "Create a cluster role", "kubectl create clusterrole NAME --verb=verb --resource=resource.group [options]", "clusterroles",
        [.. Rules, FlagSpec.List("non-resource-url", "With which paths"), FlagSpec.Text("aggregation-rule", "Selects the cluster roles it is made of: a=b,c=d")], async (call, name) =>
        {
            var o = CreateVerb.Object(Version, "ClusterRole", name);
            if (call.Text("aggregation-rule") is { Length: > 0 } labels)
            {
                o.Set("aggregationRule", new JsonMap { { "clusterRoleSelectors", JsonList.Of(new JsonMap { { "matchLabels", CreateVerb.Pairs(labels.Split(','), "label") } }) } });
                o.Set("rules", new JsonList());
                return o;
            }
            if (call.Words.All("non-resource-url") is { Count: > 0 } paths)
            {
                if (call.Words.All("verb").Count == 0) throw new Failure("at least one verb must be specified");
                o.Set("rules", JsonList.Of(new JsonMap { { "nonResourceURLs", JsonList.OfTexts(paths) }, { "verbs", JsonList.OfTexts(call.Words.All("verb").Distinct()) } }));
                return o;
            }
            o.Set("rules", await Rule(call));
            return o;
        });

    public static readonly Verb RoleBinding = CreateVerb.Kind("rolebinding", "Create a role binding for a particular role or cluster role", "kubectl create rolebinding NAME --clusterrole=NAME|--role=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [options]", "rolebindings",
        [.. Bound, FlagSpec.Text("role", "The role")], (call, name) =>
        {
            if (call.Text("role").Length > 0 == call.Text("clusterrole").Length > 0) throw new Failure("exactly one of clusterrole or role must be specified");
            return Binding(call, "RoleBinding", name, call.Text("role") is { Length: > 0 } role ? ("Role", role) : ("ClusterRole", call.Text("clusterrole")));
        });

    public static readonly Verb ClusterRoleBinding = CreateVerb.Kind("clusterrolebinding", "Create a cluster role binding for a particular cluster role", "kubectl create clusterrolebinding NAME --clusterrole=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [options]", "clusterrolebindings",
        Bound, (call, name) => call.Text("clusterrole").Length == 0 ? throw new Failure("required flag(s) \"clusterrole\" not set") : Binding(call, "ClusterRoleBinding", name, ("ClusterRole", call.Text("clusterrole"))));

    private static async Task<JsonList> Rule(Call call)
    {
        var (verbs, resources) = (call.Words.All("verb").Distinct().ToList(), call.Words.All("resource"));
        if (verbs.Count == 0) throw new Failure("at least one verb must be specified");
        if (resources.Count == 0) throw new Failure("at least one resource must be specified");
        if (verbs.Contains("*")) verbs = ["*"];
        var rules = new List<(string Group, List<string> Types)>();
        foreach (var resource in resources)
        {
            var parts = resource.Split('/', 2);
            var (group, plural) = parts[0] == "*" ? ("*", "*") : (await call.Discover()).Get(parts[0]) is var type ? (type.Group, type.Plural) : default;
            if (rules.All(r => r.Group != group)) rules.Add((group, []));
            rules.First(r => r.Group == group).Types.Add(parts.Length > 1 ? $"{plural}/{parts[1]}" : plural);
        }
        return new JsonList(rules.Select(r =>
        {
            var rule = new JsonMap { { "apiGroups", JsonList.Of(r.Group) }, { "resources", JsonList.OfTexts(r.Types) } };
            if (call.Words.All("resource-name") is { Count: > 0 } names) rule.Set("resourceNames", JsonList.OfTexts(names));
            rule.Set("verbs", JsonList.OfTexts(verbs));
            return (Json)rule;
        }));
    }

    private static JsonMap Binding(Call call, string kind, string name, (string Kind, string Name) role)
    {
        var o = CreateVerb.Object(Version, kind, name);
        o.Set("roleRef", new JsonMap { { "apiGroup", "rbac.authorization.k8s.io" }, { "kind", role.Kind }, { "name", role.Name } });
        JsonMap Person(string what, string who) => new() { { "apiGroup", "rbac.authorization.k8s.io" }, { "kind", what }, { "name", who } };
        var subjects = new JsonList(call.Words.All("user").Select(u => (Json)Person("User", u)).Concat(call.Words.All("group").Select(g => Person("Group", g))));
        foreach (var account in call.Words.All("serviceaccount"))
            subjects.Add(account.Split(':') is [{ Length: > 0 } ns, { Length: > 0 } own] ? new JsonMap { { "kind", "ServiceAccount" }, { "name", own }, { "namespace", ns } } : throw new Failure("serviceaccount must be <namespace>:<name>"));
        if (subjects.Count > 0) o.Set("subjects", subjects);
        return o;
    }
}
