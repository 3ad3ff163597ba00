using MiniKube.Machinery;
using MiniKube.Store;

namespace MiniKube.Server;

/// <summary>What one binding gives one subject; the text is upstream's account of it.</summary>
public sealed record Grant(PolicyRule[] Rules, string Binding, string Namespace, string RoleKind, string RoleName, string SubjectKind, string SubjectName)
{
    public override string ToString() => Namespace.Length > 0
        ? $"RBAC: allowed by RoleBinding \"{Binding}/{Namespace}\" of {RoleKind} \"{RoleName}\" to {SubjectKind} \"{SubjectName}\""
        : $"RBAC: allowed by ClusterRoleBinding \"{Binding}\" of {RoleKind} \"{RoleName}\" to {SubjectKind} \"{SubjectName}\"";
}

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
    private readonly Dictionary<(string Subject, string Namespace), List<Grant>> grants = [];

    public static RbacIndex Of(ISnapshot snapshot)
    {
        var index = new RbacIndex();
        var roles = new Dictionary<(string Namespace, string Name), PolicyRule[]>();
        foreach (var collection in Collections.AsSpan(0, 2))
            foreach (var entry in snapshot.List(collection))
                roles[(entry.Key.Namespace, entry.Key.Name)] = RulesOf(ObjectCodec.Kept(entry));
        foreach (var collection in Collections.AsSpan(2, 2))
            foreach (var entry in snapshot.List(collection))
                index.Add(entry.Key.Namespace, entry.Key.Name, ObjectCodec.Kept(entry), roles);
        return index;
    }

    public static PolicyRule[] RulesOf(JsonMap role) => [.. (role.List("rules") ?? []).Maps().Select(PolicyRule.From)];

    private void Add(string ns, string binding, JsonMap content, Dictionary<(string, string), PolicyRule[]> roles)
    {
        var reference = content.Map("roleRef");
        var (roleKind, roleName) = (reference?.Text("kind") ?? "", reference?.Text("name") ?? "");
        var rules = roles.GetValueOrDefault((roleKind == "Role" ? ns : "", roleName), NoRules);
        if (rules.Length == 0) return;
        foreach (var subject in (content.List("subjects") ?? []).Maps())
        {
            var (kind, name, home) = (subject.Text("kind") ?? "", subject.Text("name") ?? "", subject.Text("namespace") ?? ns);
            var key = kind switch
            {
                "User" => "u:" + name,
                "Group" => "g:" + name,
                "ServiceAccount" => $"u:system:serviceaccount:{home}:{name}",
                _ => null,
            };
            if (key is null) continue;
            if (!grants.TryGetValue((key, ns), out var list)) grants[(key, ns)] = list = [];
            list.Add(new(rules, binding, ns, roleKind, roleName, kind, kind == "ServiceAccount" ? $"{name}/{home}" : name));
        }
    }

    /// <summary>What allows that, or null when nothing does.</summary>
    public Grant? Find(UserInfo user, RequestInfo request)
    {
        foreach (var grant in Granted(user, request.Namespace))
            foreach (var rule in grant.Rules)
                if (rule.Allows(request)) return grant;
        return null;
    }

    public IEnumerable<PolicyRule> RulesFor(UserInfo user, string ns) => Granted(user, ns).SelectMany(g => g.Rules);

    /// <summary>All that a decision looks at: what this user and the user's groups were given there or everywhere.</summary>
    internal IEnumerable<Grant> Granted(UserInfo user, string ns)
    {
        foreach (var grant in At("u:" + user.Name, ns)) yield return grant;
        foreach (var group in user.Groups)
            foreach (var grant in At("g:" + group, ns)) yield return grant;
    }

    private IEnumerable<Grant> At(string subject, string ns)
    {
        if (grants.TryGetValue((subject, ""), out var everywhere))
            foreach (var grant in everywhere) yield return grant;
        if (ns.Length > 0 && grants.TryGetValue((subject, ns), out var here))
            foreach (var grant in here) yield return grant;
    }
}
