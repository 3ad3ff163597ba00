using MiniKube.Machinery;
using MiniKube.Store;

namespace MiniKube.Server;

/// <summary>May this user do that? Masters may; then nodes by what their pods use; then RBAC.</summary>
public sealed class Authorizer(IStateStore store)
{
    private readonly Incremental<RbacIndex> rbac = new(store, RbacIndex.Collections, RbacIndex.Empty, RbacIndex.After);
    private readonly NodeAuthorizer nodes = new(store);

    private static readonly string[] AlwaysOpen = ["/healthz", "/livez", "/readyz"];

    public RbacIndex Rbac => rbac.Value;

    /// <summary>The answer; Why says what allowed it, or why a node may not and which role is missing, and nothing where there is nothing to say.</summary>
    public readonly record struct Decision(bool Allowed, Grant? By = null, string? NodeFault = null, string? RoleFault = null)
    {
        public string Why => By?.ToString() ?? string.Join('\n', ((string?[])[NodeFault, RoleFault]).Where(f => !string.IsNullOrEmpty(f)));
    }

    public Decision Decide(UserInfo user, RequestInfo request)
    {
        if (user.IsMaster || !request.IsResource && AlwaysOpen.Contains(request.Path)) return new(true);
        var node = nodes.Decide(user, request);
        if (node.Allowed) return node;
        var index = rbac.Value;
        if (index.Find(user, request) is { } grant) return new(true, grant);
        return index.Faults(user, request.Namespace) is { Length: > 0 } missing ? node with { RoleFault = "RBAC: " + missing } : node;
    }

    public bool Allows(UserInfo user, RequestInfo request) => Decide(user, request).Allowed;

    public ApiError? Refusal(UserInfo user, RequestInfo request) => Decide(user, request) is { Allowed: false } no ? Refused(user, request, no) : null;

    public static ApiError Refused(UserInfo user, RequestInfo request, Decision decision = default)
    {
        var why = decision.Why.Length > 0 ? ": " + decision.Why : "";
        if (!request.IsResource) return ApiError.Forbidden($"forbidden: User \"{user.Name}\" cannot {request.Verb} path \"{request.Path}\"{why}");
        var resource = request.Subresource.Length > 0 ? $"{request.Resource}/{request.Subresource}" : request.Resource;
        var qualified = request.Group.Length > 0 ? $"{request.Resource}.{request.Group}" : request.Resource;
        var where = request.Namespace.Length > 0 ? $"in the namespace \"{request.Namespace}\"" : "at the cluster scope";
        var subject = request.Name.Length > 0 ? $"{qualified} \"{request.Name}\" is" : $"{qualified} is";
        return ApiError.Forbidden($"{subject} forbidden: User \"{user.Name}\" cannot {request.Verb} resource \"{resource}\" in API group \"{request.Group}\" {where}{why}")
            with
        { Name = request.Name, Group = request.Group, Kind = request.Resource };
    }
}
