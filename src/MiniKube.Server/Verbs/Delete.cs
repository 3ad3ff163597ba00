using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>delete: at once, after a grace period, or when the finalizers are gone.</summary>
internal static class Delete
{
    private const int MostTries = 16;

    public static async ValueTask<ApiResponse> Run(ServerContext server, Kind kind, ApiRequest request)
    {
        var form = Form.Of(request.Accept);
        if (form.Error is { } refused) return refused;
        var options = DeleteOptions.Of(request);
        if (options.Error is { } bad) return bad;
        var outcome = await One(server, kind, request, request.Info.Name, options.Value);
        if (outcome.Error is { } error) return error;
        var (obj, gone) = outcome.Value;
        if (gone && !kind.Hooks.ReturnsDeleted) return Present.Encode(200, Success(kind, obj), form);
        var shown = await server.Converter.One(server, kind, obj, request.StandAside);
        return shown.Error is { } unfit ? unfit : Present.One(server, kind, form, shown.Value, !gone && options.Value.Propagation == "Foreground" ? 202 : 200);
    }

    private static JsonMap Success(Kind kind, JsonMap obj)
    {
        var details = new JsonMap { { "name", obj.Map("metadata")!["name"]! } };
        if (kind.Group.Length > 0) details.Add("group", kind.Group);
        details.Add("kind", kind.Plural);
        details.Add("uid", obj.Map("metadata")!["uid"] ?? "");
        return new JsonMap
        {
            { "kind", "Status" }, { "apiVersion", "v1" }, { "metadata", new JsonMap() }, { "status", "Success" }, { "details", details },
        };
    }

    /// <summary>Deletes one object; Gone is false when it lingers. What is to be said of it as it goes is written with its mark.</summary>
    public static async ValueTask<Result<(JsonMap Object, bool Gone)>> One(ServerContext server, Kind kind, ApiRequest request, string name, DeleteOptions options, string? ns = null,
        IReadOnlyList<Store.Change>? alongside = null, Action<JsonMap>? say = null)
    {
        var stored = server.Kinds.StoredOf(kind);
        ns ??= kind.Namespaced ? request.Info.Namespace : "";
        for (var attempt = 1; ; attempt++)
        {
            if (server.Find(kind.Collection, ns, name) is not { } entry) return ApiError.NotFound(kind.Group, kind.Plural, name);
            var old = ObjectCodec.Shared(entry);
            if (Precondition(kind, name, old, options) is { } mismatch) return mismatch;
            var admission = new AdmissionRequest
            {
                Operation = AdmissionOperation.Delete, Kind = stored, Requested = kind, Namespace = ns, Name = name, Old = old, User = request.User,
                DryRun = options.DryRun, Warnings = request.Warnings, Annotations = request.Annotations, StandAside = request.StandAside,
            };
            if (await server.Admission.Mutate(server, admission) is { } refusal) return refusal;
            if (await server.Admission.Validate(server, admission) is { } veto) return veto;

            admission.Alongside.AddRange(alongside ?? []);
            admission.AlongsideRemoval.AddRange(alongside ?? []);
            var next = old.CloneMap();
            say?.Invoke(next);
            var lingers = Mark(server, stored, next, options);
            if (lingers && next.SameAs(old)) return (next, false);
            var outcome = lingers
                ? await Commit.Put(server, stored, next, entry.Revision, admission)
                : await Commit.Delete(server, stored, next, entry.Revision, admission);
            if (outcome.Lost && attempt < MostTries && options.ResourceVersion is null) continue;
            return outcome.Error is { } error ? error : (outcome.Object!, !lingers);
        }
    }

    private static ApiError? Precondition(Kind kind, string name, JsonMap old, DeleteOptions options)
    {
        var metadata = old.Map("metadata")!;
        if (options.Uid is { } uid && uid != metadata.Text("uid"))
            return ApiError.Conflict(kind.Group, kind.Plural, name, $"Precondition failed: UID in precondition: {uid}, UID in object meta: {metadata.Text("uid")}");
        if (options.ResourceVersion is { } version && version != metadata.Text("resourceVersion"))
            return ApiError.Conflict(kind.Group, kind.Plural, name, $"Precondition failed: ResourceVersion in precondition: {version}, ResourceVersion in object meta: {metadata.Text("resourceVersion")}");
        return null;
    }

    /// <summary>Turns the object into its deleted form; true when something still keeps it.</summary>
    private static bool Mark(ServerContext server, Kind kind, JsonMap obj, DeleteOptions options)
    {
        var metadata = obj.Map("metadata")!;
        Propagate(metadata, options.Propagation);
        var grace = kind.Hooks.GraceSeconds?.Invoke(obj, options.GracePeriodSeconds) ?? 0;
        var held = metadata.List("finalizers") is { Count: > 0 } || kind.Hooks.HoldsDeletion?.Invoke(obj) == true;
        if (metadata.Text("deletionTimestamp") is null)
        {
            metadata.Set("deletionTimestamp", Times.Seconds(server.Now.AddSeconds(grace)));
            metadata.Set("deletionGracePeriodSeconds", grace);
            if (kind.HasGeneration && metadata.Whole("generation") is { } generation and > 0) metadata.Set("generation", generation + 1);
            kind.Hooks.MarkDeleted?.Invoke(obj);
        }
        else if (metadata.Whole("deletionGracePeriodSeconds") is { } known && grace < known)
        {
            // Being in a bigger hurry than before counts; being in a lesser one doesn't.
            var began = (Times.Read(metadata["deletionTimestamp"]) ?? server.Now).AddSeconds(-known);
            metadata.Set("deletionTimestamp", Times.Seconds(began.AddSeconds(grace)));
            metadata.Set("deletionGracePeriodSeconds", grace);
        }
        else if (metadata.Whole("deletionGracePeriodSeconds") is { } pending)
        {
            grace = pending;
        }
        return held || grace > 0;
    }

    private static void Propagate(JsonMap metadata, string? policy)
    {
        if (policy is null) return;
        var finalizers = metadata.List("finalizers") ?? [];
        var kept = finalizers.Texts().Where(f => f is not ("orphan" or "foregroundDeletion")).ToList();
        if (policy == "Orphan") kept.Add("orphan");
        if (policy == "Foreground") kept.Add("foregroundDeletion");
        metadata["finalizers"] = kept.Count > 0 ? JsonList.OfTexts(kept) : null;
    }
}
