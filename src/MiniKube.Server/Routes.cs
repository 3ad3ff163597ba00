using MiniKube.Machinery;
using MiniKube.Server.Aggregation;

namespace MiniKube.Server;

/// <summary>A subresource's or virtual resource's own way of serving a request.</summary>
public delegate ValueTask<ApiResponse> Handler(ServerContext server, Kind kind, ApiRequest request);

/// <summary>From method and path to the code that serves it.</summary>
public sealed class Routes(IReadOnlyDictionary<string, Handler> subresources, IReadOnlyDictionary<string, Handler> virtuals, NonResourceRoutes plain, Aggregator aggregator)
{
    public async ValueTask<ApiResponse> Dispatch(ServerContext server, ApiRequest request)
    {
        var info = request.Info;
        if (aggregator.Of(info) is { } elsewhere) return await aggregator.Serve(server, elsewhere, request);
        if (!info.IsResource) return await plain.Dispatch(server, request);
        var kind = server.Kinds.Find(info.Group, info.Version, info.Resource);
        if (kind is null)
        {
            return server.Kinds.Groups.Contains((info.Group, info.Version))
                ? ApiError.UnknownPath()
                : ApiResponse.Text(404, "404 page not found\n");
        }
        if (kind.Deprecation is { } warning) request.Warnings.Add(warning);
        // A namespaced kind is written in a namespace, a cluster-wide one never is.
        // A namespace itself is authorized in itself, but is not inside another one.
        if (!kind.Namespaced && info.Namespace.Length > 0 && !(kind.Collection == "namespaces" && info.Namespace == info.Name))
            return ApiError.UnknownPath();
        if (kind.Namespaced && info.Namespace.Length == 0 && (info.Name.Length > 0 && info.Verb is not ("list" or "watch") || info.Verb is "create" or "deletecollection"))
            return info.Name.Length > 0 ? ApiError.UnknownPath() : ApiError.MethodNotAllowed();

        if (info.Subresource.Length > 0) return await Subresource(server, kind, request);
        if (virtuals.TryGetValue(kind.GroupResource, out var handler)) return await handler(server, kind, request);
        if (!kind.Verbs.Contains(info.Verb)) return ApiError.MethodNotAllowed();
        return info.Verb switch
        {
            "get" => await Get.Run(server, kind, request),
            "list" => await List.Run(server, kind, request),
            "watch" => await Watch.Run(server, kind, request),
            "create" when info.Name.Length == 0 => await Create.Run(server, kind, request),
            "update" when info.Name.Length > 0 => await Update.Run(server, kind, request),
            "patch" when info.Name.Length > 0 => await Patch.Run(server, kind, request),
            "delete" => await Delete.Run(server, kind, request),
            "deletecollection" => await DeleteCollection.Run(server, kind, request),
            _ => ApiError.MethodNotAllowed(),
        };
    }

    private async ValueTask<ApiResponse> Subresource(ServerContext server, Kind kind, ApiRequest request)
    {
        var info = request.Info;
        var declared = kind.Subresources.FirstOrDefault(s => s.Name == info.Subresource);
        if (declared is null) return ApiError.UnknownPath();
        if (subresources.TryGetValue($"{kind.GroupResource}/{info.Subresource}", out var own)) return await own(server, kind, request);
        if (subresources.TryGetValue($"*/{info.Subresource}", out var general)) return await general(server, kind, request);
        if (!declared.Verbs.Contains(info.Verb)) return ApiError.MethodNotAllowed();
        return info.Verb switch
        {
            "get" => await Get.Run(server, kind, request),
            "update" => await Update.Run(server, kind, request, info.Subresource),
            "patch" => await Patch.Run(server, kind, request, info.Subresource),
            _ => ApiError.MethodNotAllowed(),
        };
    }
}
