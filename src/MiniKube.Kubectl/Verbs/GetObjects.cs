using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>get as JSON, YAML, names or what a template makes of it.</summary>
internal static class GetObjects
{
    public static async Task<int> Run(Call call, IReadOnlyList<GetTarget> targets)
    {
        var format = call.Text("output");
        var columns = Columns(call, format);
        var printer = columns is null ? ObjectPrinter.Of(call.Words)! : null;
        var refusals = new List<Refusal>();
        var found = new List<JsonMap>();
        string version = "";
        foreach (var target in targets)
        {
            try
            {
                if (target.Name is not null) found.Add(await call.Api.Get(target.Path));
                else found.AddRange(await Subjects.List(call, target.Type, target.Namespace, call.Text("selector"), call.Text("field-selector")));
            }
            catch (Refusal refusal)
            {
                if (!target.MayBeMissing(call, refusal)) refusals.Add(refusal);
            }
        }
        if (call.Text("sort-by") is { Length: > 0 } path) found = Sorting.By(JsonPathTemplate.Parse(JsonPathTemplate.Relaxed(path)), found, o => o);
        var single = targets.Count == 1 && targets[0].Name is not null;
        if (columns is not null)
        {
            if (found.Count == 0 && refusals.Count == 0 && !single) GetVerb.NothingFound(call, targets);
            else if (found.Count > 0) call.Out.Write(columns.Print(found));
        }
        else if (single)
        {
            if (found.Count > 0) call.Out.Write(printer!.Print(found[0]));
        }
        else if (format == "name")
        {
            foreach (var o in found) call.Out.Write(printer!.Print(o));
        }
        else if (refusals.Count == 0 || found.Count > 0)
        {
            call.Out.Write(printer!.Print(new JsonMap { { "apiVersion", "v1" }, { "items", new JsonList(found) }, { "kind", "List" }, { "metadata", new JsonMap { { "resourceVersion", version } } } }));
        }
        return Refusals.Tell(call, refusals);
    }

    public static CustomColumns? Columns(Call call, string format)
    {
        var headers = !call.Switch("no-headers");
        if (format.StartsWith("custom-columns-file=", StringComparison.Ordinal)) return CustomColumns.ParseFile(File.ReadAllText(format["custom-columns-file=".Length..]), headers);
        return format is "custom-columns" || format.StartsWith("custom-columns=", StringComparison.Ordinal) ? CustomColumns.Parse(format.Length > 15 ? format[15..] : call.Text("template"), headers) : null;
    }
}
