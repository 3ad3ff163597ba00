using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>patch: JSON, merge, strategic merge, and server-side apply (which may create).</summary>
internal static class Patch
{
    public static async ValueTask<ApiResponse> Run(ServerContext server, Kind kind, ApiRequest request, string subresource = "")
    {
        var form = Form.Of(request.Accept);
        if (form.Error is { } refused) return refused;
        var type = request.ContentType.Split(';')[0].Trim().ToLowerInvariant();
        if (type is "application/apply-patch+yaml" or "application/apply-patch+json") return await Apply(server, kind, request, form, subresource);
        if (type is not ("application/json-patch+json" or "application/merge-patch+json")
            && !(type == "application/strategic-merge-patch+json" && kind.StrategicMerge))
            return ApiError.UnsupportedMediaType("415: Unsupported Media Type");

        var duplicates = new List<string>();
        var read = Body.Read(request, duplicates);
        if (read.Error is { } unreadable) return unreadable;
        var patch = read.Value;
        if (type != "application/json-patch+json" && patch is not JsonMap)
            return ApiError.BadRequest($"error decoding patch: json: cannot unmarshal {GoText.TypeOf(patch)} into Go value of type map[string]interface {{}}");
        var retry = (patch as JsonMap)?.Map("metadata")?.Text("resourceVersion") is null or "" or "0";
        var patched = await Mutation.Run(server, kind, request, new(subresource, request.FieldManager, Retry: retry), current => Patched(server, kind, request, type, patch, current, duplicates));
        return patched.Error is { } error ? error : await Present.Written(server, kind, form, patched.Value, 200);
    }

    /// <summary>The request's patch laid over an object that is only a view (a Scale).</summary>
    public static Result<JsonMap> Onto(ServerContext server, Kind kind, ApiRequest request, JsonMap current)
    {
        var duplicates = new List<string>();
        var read = Body.Read(request, duplicates);
        if (read.Error is { } unreadable) return unreadable;
        var type = request.ContentType.Split(';')[0].Trim().ToLowerInvariant();
        if (type != "application/json-patch+json" && read.Value is not JsonMap)
            return ApiError.BadRequest($"error decoding patch: json: cannot unmarshal {GoText.TypeOf(read.Value)} into Go value of type map[string]interface {{}}");
        // An applied view owns what it mentions and nothing else is left of it: a merge says the same.
        return Patched(server, kind, request, type.StartsWith("application/apply-patch", StringComparison.Ordinal) ? "application/merge-patch+json" : type, read.Value, current, duplicates);
    }

    private static Result<JsonMap> Patched(ServerContext server, Kind kind, ApiRequest request, string type, Json patch, JsonMap current, List<string> duplicates)
    {
        JsonMap result;
        switch (type)
        {
            case "application/json-patch+json":
                var json = JsonPatch.Apply(current, patch);
                if (json.Error is { } bad) return bad;
                result = json.Value;
                break;
            case "application/merge-patch+json":
                MergePatch.Apply(current, (JsonMap)patch);
                result = current;
                break;
            default:
                var strategic = StrategicMerge.Apply(current, (JsonMap)patch, kind.Schema.Value);
                if (strategic.Error is { } wrong) return wrong;
                result = strategic.Value;
                break;
        }
        request.Warnings.Clear();
        var decoded = Body.Checked(server, kind, request, result, duplicates);
        if (decoded.Error is { Reason: "BadRequest" } misfit && type == "application/strategic-merge-patch+json" && misfit.Message.Contains("cannot unmarshal", StringComparison.Ordinal))
        {
            return ApiError.Invalid("", "", "", [new FieldError("patch", FieldFault.Invalid,
                $"Invalid value: \"{GoText.Of(patch)}\": unrecognized type: {misfit.Message[(misfit.Message.LastIndexOf(' ') + 1)..]}")]);
        }
        return decoded;
    }

    private static async ValueTask<ApiResponse> Apply(ServerContext server, Kind kind, ApiRequest request, Form form, string subresource)
    {
        if (request.Query["fieldManager"] is not { Length: > 0 } manager)
        {
            return ApiError.Invalid("meta.k8s.io", "PatchOptions", "", [FieldError.Required("fieldManager", "is required for apply patch")]);
        }
        var read = Body.Read(request, []);
        if (read.Error is { } unreadable) return unreadable;
        if (read.Value is not JsonMap configuration)
            return ApiError.BadRequest($"error decoding YAML: json: cannot unmarshal {GoText.TypeOf(read.Value)} into Go value of type map[string]interface {{}}");
        if (configuration.Map("metadata")?.Has("managedFields") == true) return ApiError.BadRequest("metadata.managedFields must be nil");
        if (configuration.Text("apiVersion") is not { } version || configuration.Text("kind") is not { } name)
            return ApiError.BadRequest("Object 'Kind' is missing in the applied configuration");
        if (version != kind.ApiVersion || name != kind.Name)
            return ApiError.BadRequest($"Incorrect version specified in apply patch. Specified patch version: {version}, expected: {kind.ApiVersion}");
        if (configuration.Map("metadata")?.Text("name") is { } sentName && sentName != request.Info.Name)
            return ApiError.BadRequest($"the name of the object ({sentName}) does not match the name on the URL ({request.Info.Name})");

        var force = request.Query.Flag("force");
        JsonMap Complete(JsonMap merged)
        {
            Defaulting.Apply(kind, merged);
            return merged;
        }

        while (true)
        {
            var exists = server.Find(kind.Collection, kind.Namespaced ? request.Info.Namespace : "", request.Info.Name) is not null;
            if (!exists)
            {
                if (subresource.Length > 0) return ApiError.NotFound(kind.Group, kind.Plural, request.Info.Name);
                if (configuration.Map("metadata")?.Text("uid") is { Length: > 0 } uid)
                    return ApiError.Conflict(kind.Group, kind.Plural, request.Info.Name, $"uid mismatch: the provided object specified uid {uid}, and no existing object was found");
                var made = ServerSideApply.Apply(null, configuration, kind.Schema.Value, manager, kind.ApiVersion, "", force, server.Now, Complete);
                if (made.Error is { } unfit) return unfit;
                made.Value.MapOrNew("metadata").Set("name", request.Info.Name);
                var created = await Create.Store(server, kind, request, made.Value, manager, applied: true);
                if (created.Error is { Reason: "AlreadyExists" }) continue;
                return created.Error is { } failed ? failed : await Present.Written(server, kind, form, created.Value, 201);
            }
            var applied = await Mutation.Run(server, kind, request, new(subresource, manager, Applied: true),
                current => ServerSideApply.Apply(current, configuration, kind.Schema.Value, manager, kind.ApiVersion, subresource, force, server.Now, Complete));
            return applied.Error is { } error ? error : await Present.Written(server, kind, form, applied.Value, 200);
        }
    }
}
