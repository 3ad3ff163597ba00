using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>update: PUT of the whole object or of its status.</summary>
internal static class Update
{
    public static async ValueTask<ApiResponse> Run(ServerContext server, Kind kind, ApiRequest request, string subresource = "")
    {
        var form = Form.Of(request.Accept);
        if (form.Error is { } refused) return refused;
        var decoded = Body.Object(server, kind, request);
        if (decoded.Error is { } bad) return bad;
        var sent = decoded.Value;
        var retry = sent.Map("metadata")?.Text("resourceVersion") is null or "" or "0";
        var updated = await Mutation.Run(server, kind, request, new(subresource, request.FieldManager, Retry: retry), _ => sent.CloneMap());
        return updated.Error is { } error ? error : await Present.Written(server, kind, form, updated.Value, 200);
    }
}
