using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>/scale of every kind that declares where its replica counts are.</summary>
internal static class ScaleSubresource
{
    public static async ValueTask<ApiResponse> Run(ServerContext server, Kind kind, ApiRequest request)
    {
        var paths = kind.Subresources.First(s => s.Name == "scale").Scale!;
        var scaleKind = BuiltIn.Scale;
        var form = Form.Of(request.Accept);
        if (form.Error is { } refused) return refused;
        var info = request.Info;
        if (server.Find(kind.Collection, info.Namespace, info.Name) is not { } entry) return ApiError.NotFound(kind.Group, kind.Plural, info.Name);
        if (info.Verb == "get") return await Shown(ObjectCodec.Read(entry));
        if (info.Verb is not ("update" or "patch")) return ApiError.MethodNotAllowed();

        JsonMap? sent = null;
        if (info.Verb == "update")
        {
            var decoded = Body.Object(server, scaleKind, request);
            if (decoded.Error is { } bad) return bad;
            sent = decoded.Value;
        }
        var retry = sent?.Map("metadata")?.Text("resourceVersion") is null or "";
        var outcome = await Mutation.Run(server, kind, request, new("scale", request.FieldManager, Retry: retry), current =>
        {
            var scale = View(paths, current);
            if (sent is not null)
            {
                scale = sent.CloneMap();
            }
            else
            {
                var patched = Patch.Onto(server, scaleKind, request, scale);
                if (patched.Error is { } wrong) return wrong;
                scale = patched.Value;
            }
            var replicas = scale.Map("spec")?.Whole("replicas") ?? 0;
            if (replicas < 0)
            {
                return ApiError.Invalid(scaleKind.Group, scaleKind.Name, info.Name,
                    [FieldError.Invalid("spec.replicas", replicas, "must be greater than or equal to 0")]);
            }
            Put(current, paths.SpecReplicas, replicas);
            if (scale.Map("metadata")?.Text("resourceVersion") is { Length: > 0 } version) current.MapOrNew("metadata").Set("resourceVersion", version);
            return current;
        });
        return outcome.Error is { } error ? error : await Shown(outcome.Value.Object);

        async ValueTask<ApiResponse> Shown(JsonMap stored)
        {
            var converted = await server.Converter.One(server, kind, stored, request.StandAside);
            return converted.Error is { } fault ? fault : Present.One(server, scaleKind, form, View(paths, Present.ToVersion(kind, converted.Value)), 200);
        }
    }

    private static JsonMap View(ScalePaths paths, JsonMap obj)
    {
        var from = obj.Map("metadata")!;
        var metadata = new JsonMap();
        foreach (var member in new[] { "name", "namespace", "uid", "resourceVersion", "creationTimestamp" })
            if (from[member] is { } value) metadata.Add(member, value);
        var spec = new JsonMap();
        if (At(obj, paths.SpecReplicas) is JsonNumber { Whole: not 0 } wanted) spec.Add("replicas", wanted);
        var status = new JsonMap { { "replicas", At(obj, paths.StatusReplicas) ?? 0 } };
        if (paths.LabelSelector is { } at)
        {
            var selector = At(obj, at) switch
            {
                JsonText text => text.Value,
                // ReplicationControllers select by a plain map, everything else by a LabelSelector.
                JsonMap map when map.Has("matchLabels") || map.Has("matchExpressions") => LabelSelector.From(map).ToString(),
                JsonMap map => string.Join(",", map.OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => $"{m.Key}={GoText.Of(m.Value)}")),
                _ => null,
            };
            if (selector is { Length: > 0 }) status.Add("selector", selector);
        }
        return new JsonMap { { "kind", "Scale" }, { "apiVersion", "autoscaling/v1" }, { "metadata", metadata }, { "spec", spec }, { "status", status } };
    }

    private static Json? At(JsonMap obj, string path) => obj.Dig(path.TrimStart('.').Split('.'));

    private static void Put(JsonMap obj, string path, long value)
    {
        var steps = path.TrimStart('.').Split('.');
        var at = obj;
        foreach (var step in steps[..^1]) at = at.MapOrNew(step);
        at.Set(steps[^1], value);
    }
}
