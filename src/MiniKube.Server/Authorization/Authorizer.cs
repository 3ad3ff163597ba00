using MiniKube.Machinery;
using MiniKube.Store;

namespace MiniKube.Server;

/// <summary>May this user do that? Masters may; then nodes by what their pods use; then RBAC.</summary>
public sealed class Authorizer(IStateStore store)
{
    private readonly Derived<RbacIndex> rbac = new(store, RbacIndex.Collections, RbacIndex.Of);
    private readonly NodeAuthorizer nodes = new(store);

    private static readonly string[] AlwaysOpen = ["/healthz", "/livez", "/readyz"];

    public RbacIndex Rbac => rbac.Value;

    public bool Allows(UserInfo user, RequestInfo request)
    {
        if (user.IsMaster) return true;
        if (!request.IsResource && AlwaysOpen.Contains(request.Path)) return true;
        return nodes.Allows(user, request) || rbac.Value.Allows(user, request);
    }

    public ApiError? Refusal(UserInfo user, RequestInfo request) => Allows(user, request) ? null : Refused(user, request);

    public static ApiError Refused(UserInfo user, RequestInfo request)
    {
        if (!request.IsResource) return ApiError.Forbidden($"forbidden: User \"{user.Name}\" cannot {request.Verb} path \"{request.Path}\"");
        var resource = request.Subresource.Length > 0 ? $"{request.Resource}/{request.Subresource}" : request.Resource;
        var qualified = request.Group.Length > 0 ? $"{request.Resource}.{request.Group}" : request.Resource;
        var where = request.Namespace.Length > 0 ? $"in the namespace \"{request.Namespace}\"" : "at the cluster scope";
        var subject = request.Name.Length > 0 ? $"{qualified} \"{request.Name}\" is" : $"{qualified} is";
        return ApiError.Forbidden($"{subject} forbidden: User \"{user.Name}\" cannot {request.Verb} resource \"{resource}\" in API group \"{request.Group}\" {where}")
            with
        { Name = request.Name, Group = request.Group, Kind = request.Resource };
    }
}
