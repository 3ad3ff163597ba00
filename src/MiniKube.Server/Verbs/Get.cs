using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>get: stored bytes to the client, unparsed unless another version, a Table or metadata alone is asked for.</summary>
internal static class Get
{
    public static async ValueTask<ApiResponse> Run(ServerContext server, Kind kind, ApiRequest request)
    {
        var info = request.Info;
        var entry = server.Find(kind.Collection, kind.Namespaced ? info.Namespace : "", info.Name);
        if (entry is null) return ApiError.NotFound(kind.Group, kind.Plural, info.Name);
        var form = Form.Of(request.Accept);
        if (form.Error is { } refused) return refused;
        if (form.IsPlain && kind.ShownAsStored) return new ApiResponse.Bytes(200, entry.Value);
        var shown = await server.Converter.One(server, kind, ObjectCodec.Read(entry), request.StandAside);
        return shown.Error is { } fault ? fault : Present.One(server, kind, form, shown.Value, 200);
    }
}
