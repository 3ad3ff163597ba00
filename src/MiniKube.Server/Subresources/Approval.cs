using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>certificatesigningrequests/approval: only the conditions change, and only by those who may approve for the signer.</summary>
internal static class Approval
{
    public static async ValueTask<ApiResponse> Run(ServerContext server, Kind kind, ApiRequest request)
    {
        var form = Form.Of(request.Accept);
        if (form.Error is { } refused) return refused;
        switch (request.Info.Verb)
        {
            case "get":
                return await Get.Run(server, kind, request);
            case "patch":
                return await Patch.Run(server, kind, request, "approval");
            case "update":
                break;
            default:
                return ApiError.MethodNotAllowed();
        }
        var decoded = Body.Object(server, kind, request);
        if (decoded.Error is { } bad) return bad;
        var conditions = decoded.Value.Map("status")?["conditions"];
        var outcome = await Mutation.Run(server, kind, request, new("approval", request.FieldManager), current =>
        {
            current.MapOrNew("status")["conditions"] = conditions?.Clone();
            foreach (var condition in (current.Map("status")!.List("conditions") ?? []).Maps())
            {
                if (!condition.Has("lastUpdateTime")) condition.Set("lastUpdateTime", server.Timestamp);
                if (!condition.Has("lastTransitionTime")) condition.Set("lastTransitionTime", server.Timestamp);
            }
            return current;
        });
        return outcome.Error is { } error ? error : await Present.Written(server, kind, form, outcome.Value, 200);
    }
}
