using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>namespaces/finalize: only spec.finalizers changes; when the last one goes, so does the namespace.</summary>
internal static class NamespaceFinalize
{
    public static async ValueTask<ApiResponse> Run(ServerContext server, Kind kind, ApiRequest request)
    {
        if (request.Info.Verb != "update") return ApiError.MethodNotAllowed();
        var form = Form.Of(request.Accept);
        if (form.Error is { } refused) return refused;
        var decoded = Body.Object(server, kind, request);
        if (decoded.Error is { } bad) return bad;
        var finalizers = decoded.Value.Map("spec")?["finalizers"];
        var outcome = await Mutation.Run(server, kind, request, new("finalize", request.FieldManager), current =>
        {
            current.MapOrNew("spec")["finalizers"] = finalizers?.Clone();
            return current;
        });
        return outcome.Error is { } error ? error : await Present.Written(server, kind, form, outcome.Value, 200);
    }
}
