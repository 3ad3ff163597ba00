using System.Globalization;
using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>deletecollection: every selected object on its own, answered with the list of them.</summary>
internal static class DeleteCollection
{
    public static async ValueTask<ApiResponse> Run(ServerContext server, Kind kind, ApiRequest request)
    {
        var parsed = ListOptions.Of(kind, request, watch: false);
        if (parsed.Error is { } bad) return bad;
        var options = DeleteOptions.Of(request);
        if (options.Error is { } badOptions) return badOptions;
        var form = Form.Of(request.Accept);
        if (form.Error is { } refused) return refused;
        var page = await Page.Of(server, kind, request, parsed.Value);
        if (page.Error is { } fault) return fault;
        var items = new List<JsonMap>();
        foreach (var entry in page.Value.Entries)
        {
            var outcome = await Delete.One(server, kind, request, entry.Key.Name, options.Value, entry.Key.Namespace);
            if (outcome.Error is { Reason: not "NotFound" } error) return error;
            if (!outcome.Ok) continue;
            var shown = await server.Converter.One(server, kind, outcome.Value.Object, request.StandAside);
            if (shown.Error is { } unfit) return unfit;
            items.Add(Present.ToVersion(kind, shown.Value));
        }
        return Present.Encode(200, new JsonMap
        {
            { "kind", kind.ListName }, { "apiVersion", kind.ApiVersion },
            { "metadata", new JsonMap { { "resourceVersion", server.Store.Revision.ToString(CultureInfo.InvariantCulture) } } },
            { "items", new JsonList(items) },
        }, form);
    }
}
