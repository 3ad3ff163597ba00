using MiniKube.Machinery;
using MiniKube.Store;

namespace MiniKube.Server;

/// <summary>
/// Bindings by subject, so that a decision looks only at what concerns the asker. Built anew when roles or bindings
/// change; which is rare beside how often it is asked.
/// </summary>
public sealed class RbacIndex
{
    public const string Group = "rbac.authorization.k8s.io";
    public static readonly string[] Collections = [$"roles.{Group}", $"clusterroles.{Group}", $"rolebindings.{Group}", $"clusterrolebindings.{Group}"];

    private static readonly PolicyRule[] NoRules = [];

    // Subject ("u:name", "g:name") and namespace ("" for everywhere) to the rules granted there.
    private readonly Dictionary<(string Subject, string Namespace), List<PolicyRule[]>> grants = [];

    public static RbacIndex Of(ISnapshot snapshot)
    {
        var index = new RbacIndex();
        var roles = new Dictionary<(string Namespace, string Name), PolicyRule[]>();
        foreach (var collection in Collections.AsSpan(0, 2))
            foreach (var entry in snapshot.List(collection))
                roles[(entry.Key.Namespace, entry.Key.Name)] = RulesOf(ObjectCodec.Kept(entry));
        foreach (var collection in Collections.AsSpan(2, 2))
            foreach (var entry in snapshot.List(collection))
                index.Add(entry.Key.Namespace, ObjectCodec.Kept(entry), roles);
        return index;
    }

    public static PolicyRule[] RulesOf(JsonMap role) => [.. (role.List("rules") ?? []).Maps().Select(PolicyRule.From)];

    private void Add(string ns, JsonMap binding, Dictionary<(string, string), PolicyRule[]> roles)
    {
        var reference = binding.Map("roleRef");
        var rules = roles.GetValueOrDefault((reference?.Text("kind") == "Role" ? ns : "", reference?.Text("name") ?? ""), NoRules);
        if (rules.Length == 0) return;
        foreach (var subject in (binding.List("subjects") ?? []).Maps())
        {
            var name = subject.Text("name") ?? "";
            var key = subject.Text("kind") switch
            {
                "User" => "u:" + name,
                "Group" => "g:" + name,
                "ServiceAccount" => $"u:system:serviceaccount:{subject.Text("namespace") ?? ns}:{name}",
                _ => null,
            };
            if (key is null) continue;
            if (!grants.TryGetValue((key, ns), out var list)) grants[(key, ns)] = list = [];
            list.Add(rules);
        }
    }

    public bool Allows(UserInfo user, RequestInfo request)
    {
        foreach (var rules in Granted(user, request.Namespace))
            foreach (var rule in rules)
                if (rule.Allows(request)) return true;
        return false;
    }

    public IEnumerable<PolicyRule> RulesFor(UserInfo user, string ns) => Granted(user, ns).SelectMany(r => r);

    private IEnumerable<PolicyRule[]> Granted(UserInfo user, string ns)
    {
        foreach (var rules in At("u:" + user.Name, ns)) yield return rules;
        foreach (var group in user.Groups)
            foreach (var rules in At("g:" + group, ns)) yield return rules;
    }

    private IEnumerable<PolicyRule[]> At(string subject, string ns)
    {
        if (grants.TryGetValue((subject, ""), out var everywhere))
            foreach (var rules in everywhere) yield return rules;
        if (ns.Length > 0 && grants.TryGetValue((subject, ns), out var here))
            foreach (var rules in here) yield return rules;
    }
}
