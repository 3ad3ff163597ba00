using MiniKube.Machinery;

namespace MiniKube.Server.OpenApi;

/// <summary>The paths of one kind with their operations: what clients look up actions, kinds and parameters in.</summary>
internal sealed class PathDocument(SchemaDocument schemas, bool v3)
{
    private const string PatchTypes = "application/json-patch+json,application/merge-patch+json,application/strategic-merge-patch+json,application/apply-patch+yaml";

    private static readonly string[] ListParameters =
        ["allowWatchBookmarks", "continue", "fieldSelector", "labelSelector", "limit", "resourceVersion", "resourceVersionMatch", "sendInitialEvents", "timeoutSeconds", "watch"];

    private static readonly string[] WriteParameters = ["dryRun", "fieldManager", "fieldValidation"];

    public void Add(JsonMap paths, Kind kind, string typeName, string listType)
    {
        var root = kind.Group.Length == 0 ? $"/api/{kind.Version}" : $"/apis/{kind.Group}/{kind.Version}";
        var scope = kind.Namespaced ? "/namespaces/{namespace}" : "";
        var id = OperationId(kind);
        var collection = new JsonMap();
        if (kind.Verbs.Contains("list")) collection.Set("get", Operation($"list{id}", "list", kind, listType, null, ListParameters));
        if (kind.Verbs.Contains("create")) collection.Set("post", Operation($"create{id}", "post", kind, typeName, typeName, WriteParameters));
        if (kind.Verbs.Contains("deletecollection")) collection.Set("delete", Operation($"deleteCollection{id}", "deletecollection", kind, typeName, null, ListParameters));
        if (collection.Count > 0) Put(paths, $"{root}{scope}/{kind.Plural}", collection, kind.Namespaced, named: false);
        if (kind.Namespaced && kind.Verbs.Contains("list"))
            Put(paths, $"{root}/{kind.Plural}", new JsonMap { { "get", Operation($"list{id}ForAllNamespaces", "list", kind, listType, null, ListParameters) } }, false, named: false);

        var item = Item(kind, typeName, id, kind.Verbs);
        if (item.Count > 0) Put(paths, $"{root}{scope}/{kind.Plural}/{{name}}", item, kind.Namespaced, named: true);
        foreach (var sub in kind.Subresources)
        {
            var body = sub.BodyKind is null ? kind : kind with { Group = sub.BodyGroup ?? "", Version = sub.BodyVersion ?? "v1", Name = sub.BodyKind };
            var type = sub.BodyKind is null ? typeName : "io.k8s.apimachinery.pkg.apis.meta.v1.Status";
            var operations = Item(body, type, id + char.ToUpperInvariant(sub.Name[0]) + sub.Name[1..], sub.Verbs);
            if (operations.Count > 0) Put(paths, $"{root}{scope}/{kind.Plural}/{{name}}/{sub.Name}", operations, kind.Namespaced, named: true);
        }
    }

    private JsonMap Item(Kind kind, string type, string id, IReadOnlyList<string> verbs)
    {
        var item = new JsonMap();
        if (verbs.Contains("get")) item.Set("get", Operation($"read{id}", "get", kind, type, null, []));
        if (verbs.Contains("update")) item.Set("put", Operation($"replace{id}", "put", kind, type, type, WriteParameters));
        if (verbs.Contains("create") && !kind.Verbs.Equals(verbs)) item.Set("post", Operation($"create{id}", "post", kind, type, type, WriteParameters));
        if (verbs.Contains("patch")) item.Set("patch", Operation($"patch{id}", "patch", kind, type, type, [.. WriteParameters, "force"], PatchTypes));
        if (verbs.Contains("delete")) item.Set("delete", Operation($"delete{id}", "delete", kind, type, null, ["dryRun", "gracePeriodSeconds", "orphanDependents", "propagationPolicy"]));
        return item;
    }

    private static string OperationId(Kind kind)
    {
        var group = kind.Group.Length == 0 ? "Core" : char.ToUpperInvariant(kind.Group[0]) + kind.Group.Split('.')[0][1..];
        return $"{group}{char.ToUpperInvariant(kind.Version[0])}{kind.Version[1..]}{(kind.Namespaced ? "Namespaced" : "")}{kind.Name}";
    }

    private void Put(JsonMap paths, string path, JsonMap item, bool namespaced, bool named)
    {
        var parameters = new JsonList();
        if (named) parameters.Add(Parameter("name", "path", "string"));
        if (namespaced) parameters.Add(Parameter("namespace", "path", "string"));
        if (parameters.Count > 0) item.Set("parameters", parameters);
        paths.Set(path, item);
    }

    private JsonMap Operation(string id, string action, Kind kind, string answer, string? body, string[] query, string bodyTypes = "application/json")
    {
        var operation = new JsonMap { { "operationId", id } };
        var parameters = new JsonList(query.Select(q => (Json)Parameter(q, "query", TypeOf(q))));
        if (v3)
        {
            if (body is not null)
            {
                var content = new JsonMap();
                foreach (var type in bodyTypes.Split(',')) content.Set(type, new JsonMap { { "schema", schemas.Ref(body) } });
                operation.Set("requestBody", new JsonMap { { "content", content }, { "required", true } });
            }
            operation.Set("responses", new JsonMap
            {
                { "200", new JsonMap { { "description", "OK" }, { "content", new JsonMap { { "application/json", new JsonMap { { "schema", schemas.Ref(answer) } } } } } } },
            });
        }
        else
        {
            operation.Set("consumes", JsonList.OfTexts(bodyTypes.Split(',')));
            operation.Set("produces", JsonList.OfTexts(["application/json", "application/yaml"]));
            if (body is not null) parameters.Insert(0, new JsonMap { { "name", "body" }, { "in", "body" }, { "required", true }, { "schema", schemas.Ref(body) } });
            operation.Set("responses", new JsonMap { { "200", new JsonMap { { "description", "OK" }, { "schema", schemas.Ref(answer) } } } });
        }
        if (parameters.Count > 0) operation.Set("parameters", parameters);
        operation.Set("x-kubernetes-action", action);
        operation.Set("x-kubernetes-group-version-kind", new JsonMap { { "group", kind.Group }, { "kind", kind.Name }, { "version", kind.Version } });
        return operation;
    }

    private static string TypeOf(string parameter) => parameter switch
    {
        "limit" or "timeoutSeconds" or "gracePeriodSeconds" => "integer",
        "watch" or "allowWatchBookmarks" or "sendInitialEvents" or "orphanDependents" or "force" => "boolean",
        _ => "string",
    };

    private JsonMap Parameter(string name, string place, string type)
    {
        var parameter = new JsonMap { { "name", name }, { "in", place } };
        if (place == "path") parameter.Add("required", true);
        if (v3) parameter.Add("schema", new JsonMap { { "type", type } });
        else parameter.Add("type", type);
        return parameter;
    }
}
