using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>pods/binding (and the older bindings): the scheduler's word that a pod belongs to a node.</summary>
internal static class Binding
{
    public static async ValueTask<ApiResponse> Run(ServerContext server, Kind kind, ApiRequest request)
    {
        if (request.Info.Verb != "create") return ApiError.MethodNotAllowed();
        var decoded = Body.Object(server, BuiltIn.Binding, request);
        if (decoded.Error is { } bad) return bad;
        var binding = decoded.Value;
        var info = request.Info;
        var pod = info.Subresource.Length > 0 ? info.Name : binding.Map("metadata")?.Text("name") ?? "";
        if (binding.Map("metadata")?.Text("name") is { Length: > 0 } named && named != pod)
            return ApiError.BadRequest($"name in URL does not match name in Binding object");
        var target = binding.Map("target");
        if (target?.Text("name") is not { Length: > 0 } node)
            return ApiError.Invalid("", "Binding", pod, [FieldError.Required("target.name")]);
        if (target.Text("kind") is { Length: > 0 } and not ("Node" or "Minion"))
            return ApiError.Invalid("", "Binding", pod, [FieldError.NotSupported("target.kind", target["kind"], ["Node", "<empty>"])]);

        var (uid, version) = (binding.Map("metadata")?.Text("uid"), binding.Map("metadata")?.Text("resourceVersion"));
        var bound = await Mutation.Run(server, BuiltIn.Pod, request with { Info = info with { Name = pod, Resource = "pods", Subresource = "binding" } }, new("binding", request.FieldManager), current =>
        {
            var metadata = current.Map("metadata")!;
            if (uid is { Length: > 0 } && uid != metadata.Text("uid"))
                return ApiError.Conflict("", "pods", pod, $"Precondition failed: UID in precondition: {uid}, UID in object meta: {metadata.Text("uid")}");
            if (version is { Length: > 0 } && version != metadata.Text("resourceVersion"))
                return ApiError.Conflict("", "pods", pod, ApiError.Modified);
            if (metadata.Has("deletionTimestamp")) return ApiError.Conflict("", "pods/binding", pod, $"pod {pod} is being deleted, cannot be assigned to a host");
            var spec = current.MapOrNew("spec");
            if (spec.Text("nodeName") is { Length: > 0 } assigned)
                return ApiError.Conflict("", "pods/binding", pod, $"pod {pod} is already assigned to node \"{assigned}\"");
            if (spec.List("schedulingGates") is { Count: > 0 }) return ApiError.Conflict("", "pods/binding", pod, $"pod {pod} has non-empty .spec.schedulingGates");
            spec.Set("nodeName", node);
            current.Map("status")?.Remove("nominatedNodeName");
            foreach (var (key, value) in binding.Map("metadata")?.Map("annotations") ?? []) metadata.MapOrNew("annotations").Set(key, value);
            foreach (var (key, value) in binding.Map("metadata")?.Map("labels") ?? []) metadata.MapOrNew("labels").Set(key, value);
            SetScheduled(current, server.Timestamp);
            return current;
        });
        return bound.Error is { } error
            ? error
            : ApiResponse.Of(201, new JsonMap { { "kind", "Status" }, { "apiVersion", "v1" }, { "metadata", new JsonMap() }, { "status", "Success" }, { "code", 201 } });
    }

    private static void SetScheduled(JsonMap pod, string now)
    {
        var conditions = pod.MapOrNew("status").ListOrNew("conditions");
        var scheduled = conditions.Maps().FirstOrDefault(c => c.Text("type") == "PodScheduled");
        if (scheduled?.Text("status") == "True") return;
        conditions.RemoveAll(c => c == scheduled);
        conditions.Add(new JsonMap
        {
            { "type", "PodScheduled" }, { "status", "True" }, { "lastProbeTime", Json.Null }, { "lastTransitionTime", now },
            { "observedGeneration", pod.Map("metadata")?.Whole("generation") ?? 1 },
        });
    }
}
