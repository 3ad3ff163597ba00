using System.Globalization;
using System.Text;
using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>list: one frozen snapshot, selected by stored terms, stored bytes copied out.</summary>
internal static class List
{
    public static async ValueTask<ApiResponse> Run(ServerContext server, Kind kind, ApiRequest request)
    {
        var parsed = ListOptions.Of(kind, request, watch: false);
        if (parsed.Error is { } bad) return bad;
        var form = Form.Of(request.Accept);
        if (form.Error is { } refused) return refused;
        var page = await Page.Of(server, kind, request, parsed.Value);
        if (page.Error is { } fault) return fault;
        var shown = await server.Converter.All(server, kind, page.Value.Entries, request.StandAside);
        return shown.Error is { } unfit ? unfit : Answer(server, kind, request, form, page.Value with { Entries = shown.Value });
    }

    private static ApiResponse Answer(ServerContext server, Kind kind, ApiRequest request, Form form, Page page)
    {
        var version = page.Revision.ToString(CultureInfo.InvariantCulture);
        if (form.Shape == Shape.Table)
        {
            var objects = page.Entries.Select(e => kind.ShownAsStored ? ObjectCodec.Shared(e) : Present.ToVersion(kind, ObjectCodec.Read(e)));
            return Present.Encode(200, Tables.Of(kind, form, objects, version, server.Now, request.Query["includeObject"] ?? "Metadata",
                more: page.Continue, remaining: page.Remaining), form);
        }
        var metadata = new JsonMap { { "resourceVersion", version } };
        if (page.Continue is not null) metadata.Add("continue", page.Continue);
        if (page.Remaining is { } count) metadata.Add("remainingItemCount", count);
        var (listKind, apiVersion) = form.Shape == Shape.Metadata
            ? ("PartialObjectMetadataList", $"meta.k8s.io/{form.MetaVersion}")
            : (kind.ListName, kind.ApiVersion);
        if (form.IsYaml)
        {
            return Present.Encode(200, new JsonMap
            {
                { "kind", listKind }, { "apiVersion", apiVersion }, { "metadata", metadata },
                { "items", new JsonList(page.Entries.Select(e => JsonReader.Read(Present.Bytes(kind, form, e).Span))) },
            }, form);
        }
        var head = Encoding.UTF8.GetBytes($"{{\"kind\":\"{listKind}\",\"apiVersion\":\"{apiVersion}\",\"metadata\":{metadata},\"items\":[");
        return new ApiResponse.Listing(head, page.Entries.Select(e => Present.Bytes(kind, form, e)), version, page.Continue);
    }
}
