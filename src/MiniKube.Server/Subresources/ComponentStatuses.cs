using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>The componentstatuses of old: one process, so they are all well or nobody answers.</summary>
internal static class ComponentStatuses
{
    private static readonly string[] Names = ["controller-manager", "etcd-0", "scheduler"];

    public static ValueTask<ApiResponse> Run(ServerContext server, Kind kind, ApiRequest request)
    {
        var form = Form.Of(request.Accept);
        if (form.Error is { } refused) return ValueTask.FromResult<ApiResponse>(refused);
        request.Warnings.Add("v1 ComponentStatus is deprecated in v1.19+");
        if (request.Info.Name.Length > 0)
        {
            return ValueTask.FromResult(Names.Contains(request.Info.Name)
                ? Present.One(server, kind, form, Of(request.Info.Name), 200)
                : ApiError.NotFound("", "componentstatuses", request.Info.Name));
        }
        var all = Names.Select(Of).ToList();
        return ValueTask.FromResult(Present.Encode(200, form.Shape == Shape.Table
            ? Tables.Of(kind, form, all, "", server.Now)
            : new JsonMap { { "kind", "ComponentStatusList" }, { "apiVersion", "v1" }, { "metadata", new JsonMap() }, { "items", new JsonList(all) } }, form));
    }

    private static JsonMap Of(string name) => new()
    {
        { "kind", "ComponentStatus" }, { "apiVersion", "v1" }, { "metadata", new JsonMap { { "name", name } } },
        { "conditions", JsonList.Of(new JsonMap { { "type", "Healthy" }, { "status", "True" }, { "message", "ok" } }) },
    };
}
