using System.Collections.Immutable;
using MiniKube.Machinery;
using MiniKube.Store;

namespace MiniKube.Server;

/// <summary>What one binding gives one subject; the text is upstream's account of it.</summary>
public sealed record Grant(string Binding, string Namespace, string RoleKind, string RoleName, string SubjectKind, string SubjectName)
{
    /// <summary>Where the role lies: that of a namespace in the binding's.</summary>
    internal (string Namespace, string Name) Role => (RoleKind == "Role" ? Namespace : "", RoleName);

    public override string ToString() => Namespace.Length > 0
        ? $"RBAC: allowed by RoleBinding \"{Binding}/{Namespace}\" of {RoleKind} \"{RoleName}\" to {SubjectKind} \"{SubjectName}\""
        : $"RBAC: allowed by ClusterRoleBinding \"{Binding}\" of {RoleKind} \"{RoleName}\" to {SubjectKind} \"{SubjectName}\"";
}

/// <summary>
/// Bindings by subject, so that a decision looks only at what concerns the asker; and roles by name, so that a change of one
/// touches no binding. Immutable: a change gives another index that shares the rest with this one.
/// </summary>
public sealed class RbacIndex
{
    public const string Group = "rbac.authorization.k8s.io";
    public static readonly string[] Collections = [$"roles.{Group}", $"clusterroles.{Group}", $"rolebindings.{Group}", $"clusterrolebindings.{Group}"];
    public static readonly RbacIndex Empty = new(ImmutableDictionary<(string, string), PolicyRule[]>.Empty, ImmutableDictionary<(string, string), ImmutableArray<Grant>>.Empty);

    private readonly ImmutableDictionary<(string Namespace, string Name), PolicyRule[]> roles;

    // Subject ("u:name", "g:name") and namespace ("" for everywhere) to what was granted there, in order of the bindings' names.
    private readonly ImmutableDictionary<(string Subject, string Namespace), ImmutableArray<Grant>> grants;

    private RbacIndex(ImmutableDictionary<(string, string), PolicyRule[]> roles, ImmutableDictionary<(string, string), ImmutableArray<Grant>> grants) =>
        (this.roles, this.grants) = (roles, grants);

    public static PolicyRule[] RulesOf(JsonMap role) => [.. (role.List("rules") ?? []).Maps().Select(PolicyRule.From)];

    /// <summary>The index after an object of one of the collections changed from one state to another (null where there is none).</summary>
    public static RbacIndex After(RbacIndex index, Entry? before, Entry? after)
    {
        var key = (after ?? before)!.Key;
        var place = (key.Namespace, key.Name);
        if (key.Collection == Collections[0] || key.Collection == Collections[1])
            return new(after is null ? index.roles.Remove(place) : index.roles.SetItem(place, RulesOf(ObjectCodec.Shared(after))), index.grants);
        var grants = index.grants;
        if (before is not null)
        {
            foreach (var (subject, _) in GrantsOf(before))
            {
                if (!grants.TryGetValue(subject, out var held)) continue;
                var left = held.RemoveAll(g => g.Binding == key.Name);
                grants = left.IsEmpty ? grants.Remove(subject) : grants.SetItem(subject, left);
            }
        }
        if (after is not null)
        {
            foreach (var (subject, grant) in GrantsOf(after))
            {
                var held = grants.GetValueOrDefault(subject, []);
                var at = 0;
                while (at < held.Length && string.CompareOrdinal(held[at].Binding, grant.Binding) <= 0) at++;
                grants = grants.SetItem(subject, held.Insert(at, grant));
            }
        }
        return new(index.roles, grants);
    }

    private static IEnumerable<((string Subject, string Namespace), Grant)> GrantsOf(Entry binding)
    {
        var (content, ns) = (ObjectCodec.Shared(binding), binding.Key.Namespace);
        var reference = content.Map("roleRef");
        var (roleKind, roleName) = (reference?.Text("kind") ?? "", reference?.Text("name") ?? "");
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
            if (key is not null) yield return ((key, ns), new(binding.Key.Name, ns, roleKind, roleName, kind, kind == "ServiceAccount" ? $"{name}/{home}" : name));
        }
    }

    /// <summary>What allows that, or null when nothing does.</summary>
    public Grant? Find(UserInfo user, RequestInfo request)
    {
        foreach (var grant in Granted(user, request.Namespace))
            foreach (var rule in RulesOf(grant))
                if (rule.Allows(request)) return grant;
        return null;
    }

    /// <summary>The roles this user was given there that don't exist, in upstream's words; "" when all do.</summary>
    public string Faults(UserInfo user, string ns)
    {
        List<string>? missing = null;
        foreach (var grant in Granted(user, ns))
        {
            if (roles.ContainsKey(grant.Role)) continue;
            var said = $"{(grant.RoleKind == "Role" ? "role" : "clusterrole")}.{Group} \"{grant.RoleName}\" not found";
            if (missing?.Contains(said) != true) (missing ??= []).Add(said);
        }
        return missing is null ? "" : missing.Count == 1 ? missing[0] : $"[{string.Join(", ", missing)}]";
    }

    public IEnumerable<PolicyRule> RulesFor(UserInfo user, string ns) => Granted(user, ns).SelectMany(RulesOf);

    private PolicyRule[] RulesOf(Grant grant) => roles.TryGetValue(grant.Role, out var rules) ? rules : [];

    /// <summary>All that a decision looks at: what this user and the user's groups were given everywhere, then there.</summary>
    internal IEnumerable<Grant> Granted(UserInfo user, string ns)
    {
        foreach (var grant in At(user, "")) yield return grant;
        if (ns.Length == 0) yield break;
        foreach (var grant in At(user, ns)) yield return grant;
    }

    private IEnumerable<Grant> At(UserInfo user, string ns)
    {
        if (grants.TryGetValue(("u:" + user.Name, ns), out var own))
            foreach (var grant in own) yield return grant;
        foreach (var group in user.Groups)
            if (grants.TryGetValue(("g:" + group, ns), out var shared))
                foreach (var grant in shared) yield return grant;
    }
}
