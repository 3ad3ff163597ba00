using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>get as a table: the server makes the rows, here they are put below each other.</summary>
internal static class GetTables
{
    public static async Task<int> Run(Call call, IReadOnlyList<GetTarget> targets)
    {
        var sort = call.Text("sort-by") is { Length: > 0 } path ? JsonPathTemplate.Parse(JsonPathTemplate.Relaxed(path)) : null;
        var several = targets.Select(t => t.Type).Distinct().Count() > 1;
        var refusals = new List<Refusal>();
        var printed = 0;
        foreach (var group in Runs(targets))
        {
            JsonMap? table = null;
            foreach (var target in group)
            {
                try
                {
                    string? more = null;
                    do
                    {
                        var part = await call.Api.Get(target.Listing(call, more, sort is not null), ApiClient.Table);
                        if (part.Kind() != "Table") part = Plain(part);
                        if (table is null) table = part;
                        else foreach (var row in part.List("rows") ?? []) table.ListOrNew("rows").Add(row);
                        more = part.Meta().Text("continue");
                    }
                    while (more is { Length: > 0 });
                }
                catch (Refusal refusal)
                {
                    if (!target.MayBeMissing(call, refusal)) refusals.Add(refusal);
                }
            }
            if (table?.List("rows") is not { Count: > 0 } rows) continue;
            if (sort is not null) table.Set("rows", new JsonList(Sorting.By(sort, rows, r => (r as JsonMap)?.Map("object") ?? [])));
            if (printed++ > 0 && !call.Switch("no-headers")) call.Out.WriteLine();
            call.Out.Write(new TablePrinter(GetVerb.Options(call, several)).Print(table, group[0].Type));
        }
        if (printed == 0 && refusals.Count == 0 && targets.All(t => t.Name is null)) GetVerb.NothingFound(call, targets);
        return Refusals.Tell(call, refusals);
    }

    /// <summary>Requests for the same type that follow each other: one table.</summary>
    private static List<List<GetTarget>> Runs(IReadOnlyList<GetTarget> targets)
    {
        var runs = new List<List<GetTarget>>();
        foreach (var target in targets)
        {
            if (runs.Count > 0 && runs[^1][0].Type == target.Type) runs[^1].Add(target);
            else runs.Add([target]);
        }
        return runs;
    }

    /// <summary>From a server that makes no tables.</summary>
    private static JsonMap Plain(JsonMap answer)
    {
        var objects = answer.Has("items") ? answer.Maps("items") : [answer];
        return new()
        {
            { "metadata", answer.Meta().Clone() },
            { "columnDefinitions", JsonList.Of(new JsonMap { { "name", "Name" } }, new JsonMap { { "name", "Created At" } }) },
            { "rows", new JsonList(objects.Select(o => (Json)new JsonMap { { "cells", JsonList.Of(o.Name(), o.Meta().Text("creationTimestamp") ?? "") }, { "object", o } })) },
        };
    }
}

/// <summary>Refusals of a command that went on with what was left.</summary>
internal static class Refusals
{
    public static int Tell(Call call, IReadOnlyList<Refusal> refusals)
    {
        if (refusals.Count == 0) return 0;
        call.Out.Flush();
        foreach (var message in refusals.Select(r => FailureText.Of(r.Error)).Distinct()) call.Error.WriteLine(message);
        return 1;
    }
}

/// <summary>The order that --sort-by asks for.</summary>
internal static class Sorting
{
    public static List<T> By<T>(JsonPathTemplate path, IEnumerable<T> items, Func<T, JsonMap> of)
    {
        var keyed = items.Select(i => (Item: i, Key: path.Find(of(i)).FirstOrDefault())).ToList();
        if (keyed.Count > 0 && keyed.All(k => k.Key is null)) throw new Failure($"couldn't find any field with path \"{path}\" in the list of objects");
        return [.. keyed.OrderBy(k => k.Key, Comparer<Json?>.Create(Compare)).Select(k => k.Item)];
    }

    private static int Compare(Json? a, Json? b) => (a, b) switch
    {
        (null, null) => 0,
        (null, _) => -1,
        (_, null) => 1,
        (JsonNumber x, JsonNumber y) => x.Real.CompareTo(y.Real),
        (JsonText x, JsonText y) when Quantity.TryParse(x.Value, out var p, out _) && Quantity.TryParse(y.Value, out var q, out _) => p.CompareTo(q),
        (JsonText x, JsonText y) => NaturalOrder.Instance.Compare(x.Value, y.Value),
        _ => string.CompareOrdinal(a.ToString(), b.ToString()),
    };
}
