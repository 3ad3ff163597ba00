using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>get -w: what is there, and then each change.</summary>
internal static class GetWatch
{
    public static async Task<int> Run(Call call, IReadOnlyList<GetTarget> targets)
    {
        if (targets.Count != 1) throw new Failure("you may only specify a single resource type when watching");
        var target = targets[0];
        var format = call.Text("output");
        var columns = GetObjects.Columns(call, format);
        var asTable = format is "" or "wide" && call.Text("template").Length == 0;
        var printer = columns is null && !asTable ? ObjectPrinter.Of(call.Words) : null;
        var table = new TablePrinter(GetVerb.Options(call, several: false));
        var accept = asTable ? ApiClient.Table : ApiClient.Json;
        var withEvents = call.Switch("output-watch-events");

        var fields = target.Name is null ? call.Text("field-selector") : $"metadata.name={target.Name}";
        var path = target.Type.Path(target.Namespace);
        string Asked(params (string, string?)[] more) => path + Query.Of([("labelSelector", call.Text("selector")), ("fieldSelector", fields), .. more]);

        if (target.Name is not null && !call.Switch("watch-only")) await call.Api.Get(target.Path);
        var start = await call.Api.Get(Asked(), accept);
        var version = start.Meta().Text("resourceVersion") ?? "";
        if (!call.Switch("watch-only"))
        {
            if (asTable && !withEvents)
            {
                if (start.List("rows") is { Count: > 0 }) Show("", start);
            }
            else if (asTable) foreach (var row in start.Maps("rows").ToList()) Show("ADDED", Only(start, row));
            else foreach (var item in start.Maps("items")) Show("ADDED", Whole(item, target.Type));
        }
        await call.Out.FlushAsync();
        try
        {
            await foreach (var (type, o) in call.Api.Watch(Asked(("watch", "true"), ("resourceVersion", version)), accept))
            {
                if (type == "BOOKMARK") continue;
                Show(type, asTable ? o : Whole(o, target.Type));
                await call.Out.FlushAsync();
            }
        }
        catch (IOException)
        {
            // The server ended it.
        }
        return 0;

        void Show(string type, JsonMap o)
        {
            if (asTable)
            {
                call.Out.Write(table.Print(withEvents ? WithEvent(type, o) : o, target.Type));
                return;
            }
            var shown = withEvents ? new JsonMap { { "object", o }, { "type", type } } : o;
            call.Out.Write(columns is not null ? columns.Print([o]) : printer!.Print(shown));
        }
    }

    private static JsonMap Only(JsonMap table, JsonMap row) => new() { { "columnDefinitions", table["columnDefinitions"]?.Clone() ?? new JsonList() }, { "rows", JsonList.Of(row) } };

    private static JsonMap WithEvent(string type, JsonMap table)
    {
        if (table.List("columnDefinitions") is { Count: > 0 } columns) columns.Insert(0, new JsonMap { { "name", "Event" } });
        foreach (var row in table.Maps("rows")) row.ListOrNew("cells").Insert(0, type);
        return table;
    }

    private static JsonMap Whole(JsonMap item, ApiResource type)
    {
        if (item.Has("kind")) return item;
        item.Set("apiVersion", type.ApiVersion);
        item.Set("kind", type.Kind);
        return item;
    }
}
