using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>Nobody gives away, in a role or by binding one, what he doesn't have, unless he may escalate or bind.</summary>
internal sealed class RoleEscalation(Authorizer authorizer) : IAdmission
{
    private const string Group = RbacIndex.Group;

    public ValueTask<ApiError?> Admit(ServerContext server, AdmissionRequest request) => ValueTask.FromResult(Check(server, request));

    private ApiError? Check(ServerContext server, AdmissionRequest request)
    {
        if (request.Kind.Group != Group || request.Object is not { } obj || request.User.IsMaster) return null;
        if (request.Kind.Plural is "roles" or "clusterroles")
        {
            if (request.Old is { } old && (old["rules"] ?? Json.Null).SameAs(obj["rules"] ?? Json.Null) && (old["aggregationRule"] ?? Json.Null).SameAs(obj["aggregationRule"] ?? Json.Null)) return null;
            if (May(request, "escalate", request.Kind.Plural, request.Name)) return null;
            if (obj.Has("aggregationRule") && Missing(request.User, "", [new PolicyRule(["*"], ["*"], ["*"], [], []), new PolicyRule(["*"], [], [], [], ["*"])]).Count > 0)
                return Refused(request, "must have cluster-admin privileges to use the aggregationRule");
            return Escalation(request, RbacIndex.RulesOf(obj));
        }
        if (request.Old is { } before && (before["subjects"] ?? Json.Null).SameAs(obj["subjects"] ?? Json.Null) && (before["roleRef"] ?? Json.Null).SameAs(obj["roleRef"] ?? Json.Null)) return null;
        var reference = obj.Map("roleRef");
        var (kind, name) = (reference?.Text("kind") == "Role" ? "roles" : "clusterroles", reference?.Text("name") ?? "");
        if (May(request, "bind", kind, name)) return null;
        var role = server.Peek($"{kind}.{Group}", kind == "roles" ? request.Namespace : "", name);
        return role is null ? ApiError.NotFound(Group, kind, name) : Escalation(request, RbacIndex.RulesOf(role));
    }

    private bool May(AdmissionRequest request, string verb, string resource, string name) => authorizer.Allows(request.User, new RequestInfo
    {
        Verb = verb,
        Path = "",
        IsResource = true,
        Group = Group,
        Version = "v1",
        Resource = resource,
        Namespace = request.Namespace,
        Name = name,
    });

    private ApiError? Escalation(AdmissionRequest request, IEnumerable<PolicyRule> wanted)
    {
        var missing = Missing(request.User, request.Namespace, wanted);
        if (missing.Count == 0) return null;
        return Refused(request, $"user \"{request.User.Name}\" (groups=[{string.Join(" ", request.User.Groups.Select(g => $"\"{g}\""))}]) is attempting to grant RBAC permissions not currently held:\n{string.Join("\n", Shown(missing))}");
    }

    private List<PolicyRule> Missing(UserInfo user, string ns, IEnumerable<PolicyRule> wanted)
    {
        var held = authorizer.Rbac.RulesFor(user, ns).ToList();
        return [.. wanted.SelectMany(r => r.Atoms()).Where(atom => !held.Any(h => h.Covers(atom)))];
    }

    /// <summary>One line for all that is missing of one thing, in the order of the alphabet.</summary>
    private static IEnumerable<string> Shown(IEnumerable<PolicyRule> missing) => missing
        .GroupBy(What)
        .SelectMany(same => same.First().Paths.Count > 0 ? same.Select(r => r.Verbs[0]).Distinct().Select(v => (same.Key, Verbs: $"\"{v}\""))
            : [(same.Key, Verbs: string.Join(' ', same.Select(r => $"\"{r.Verbs[0]}\"").Distinct()))])
        .Select(line => $"{{{line.Key}, Verbs:[{line.Verbs}]}}")
        .Order(StringComparer.Ordinal);

    private static string What(PolicyRule rule) => rule.Paths.Count > 0 ? $"NonResourceURLs:[\"{rule.Paths[0]}\"]"
        : $"APIGroups:[\"{rule.Groups[0]}\"], Resources:[\"{rule.Resources[0]}\"]{(rule.Names.Count > 0 ? $", ResourceNames:[\"{rule.Names[0]}\"]" : "")}";

    private static ApiError Refused(AdmissionRequest request, string why) => ApiError.Forbidden(Group, request.Kind.Plural, request.Name, why);
}
