using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>meta.k8s.io Tables: what kubectl get prints.</summary>
internal static class Tables
{
    public static JsonMap Of(Kind kind, Form form, IEnumerable<JsonMap> objects, string resourceVersion, DateTimeOffset now,
        string include = "Metadata", bool headers = true, string? more = null, long? remaining = null)
    {
        var metadata = new JsonMap();
        if (resourceVersion.Length > 0) metadata.Add("resourceVersion", resourceVersion);
        if (more is not null) metadata.Add("continue", more);
        if (remaining is { } count) metadata.Add("remainingItemCount", count);
        return new JsonMap
        {
            { "kind", "Table" }, { "apiVersion", $"meta.k8s.io/{form.MetaVersion}" }, { "metadata", metadata },
            { "columnDefinitions", headers ? new JsonList(kind.Columns.Select(Definition)) : new JsonList() },
            { "rows", new JsonList(objects.Select(o => (Json)Row(kind, form, o, now, include))) },
        };
    }

    private static Json Definition(Column column) => new JsonMap
    {
        { "name", column.Name }, { "type", column.Type }, { "format", column.Format },
        { "description", column.Description }, { "priority", column.Priority },
    };

    private static JsonMap Row(Kind kind, Form form, JsonMap obj, DateTimeOffset now, string include)
    {
        var row = new JsonMap { { "cells", new JsonList(kind.Columns.Select(c => c.Cell(obj, now))) } };
        if (include == "Object") row.Add("object", obj);
        else if (include == "Metadata") row.Add("object", Present.Partial(obj, form));
        return row;
    }
}
