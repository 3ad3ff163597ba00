using MiniKube.Machinery;

namespace MiniKube.ControlLoop;

/// <summary>Carries a plan out against the API, one action after the other, and notes what was written.</summary>
public sealed class PlanExecutor(IApi api, IEventSink events)
{
    private const int MostAtOnce = 500;

    /// <summary>The first failure, or null when everything was done.</summary>
    public async Task<ApiError?> Execute(Plan plan, Writes writes, CancellationToken cancel)
    {
        foreach (var action in plan.Actions)
            if (await Execute(action, writes, cancel) is { } error) return error;
        return null;
    }

    private Task<ApiError?> Execute(PlanAction action, Writes writes, CancellationToken cancel) => action switch
    {
        PlanAction.Create create => Create(create, writes, cancel),
        PlanAction.Patch patch => Patch(patch, writes, cancel),
        PlanAction.Replace replace => Replace(replace, writes, cancel),
        PlanAction.Delete delete => Delete(delete, writes, cancel),
        PlanAction.SetStatus status => SetStatus(status, writes, cancel),
        PlanAction.Together together => Together(together, writes, cancel),
        PlanAction.Emit emit => Emit(emit),
        _ => throw new NotSupportedException(action.GetType().Name),
    };

    private Task<ApiError?> Emit(PlanAction.Emit emit)
    {
        events.Emit(emit.About, emit.Type, emit.Reason, emit.Message);
        return Task.FromResult<ApiError?>(null);
    }

    private async Task<ApiError?> Create(PlanAction.Create create, Writes writes, CancellationToken cancel)
    {
        var result = await api.Create(create.Resource, create.Namespace, JsonWriter.ToUtf8(create.Object), cancel: cancel);
        if (result.Ok)
        {
            var made = Meta.Read(result.Value.Json.Span);
            writes.Wrote(create.Resource, made.Version);
            Announce(create.Announce, made.Name, null);
            return null;
        }
        // Whatever is being made here goes away with its namespace; trying again is of no use.
        if (IsNamespaceTerminating(result.Error!)) return null;
        Announce(create.Announce, create.Object.Map("metadata")?.Text("name") ?? "", result.Error);
        return result.Error;
    }

    private async Task<ApiError?> Patch(PlanAction.Patch patch, Writes writes, CancellationToken cancel)
    {
        var body = patch.MergePatch;
        if (patch.Uid is not null || patch.ResourceVersion is not null)
        {
            body = body.CloneMap();
            var metadata = body.MapOrNew("metadata");
            if (patch.Uid is not null) metadata["uid"] = patch.Uid;
            if (patch.ResourceVersion is not null) metadata["resourceVersion"] = patch.ResourceVersion;
        }
        var result = await api.Patch(patch.Resource, patch.Namespace, patch.Name, PatchKind.Merge, JsonWriter.ToUtf8(body), patch.Subresource,
            cancel: cancel);
        if (result.Ok) Announce(patch.Announce, patch.Name, null);
        else if (result.Error!.Code != 404) Announce(patch.Announce, patch.Name, result.Error);
        return Written(patch.Resource, result, writes);
    }

    private async Task<ApiError?> Replace(PlanAction.Replace replace, Writes writes, CancellationToken cancel)
    {
        var body = JsonWriter.ToUtf8(replace.Object);
        return Written(replace.Resource,
            await api.Update(replace.Resource, replace.Namespace, replace.Name, body, replace.Subresource, cancel: cancel), writes);
    }

    /// <summary>A JSON patch, because a merge patch can't say "only this and nothing that was there before".</summary>
    private async Task<ApiError?> SetStatus(PlanAction.SetStatus set, Writes writes, CancellationToken cancel)
    {
        var patch = new JsonList();
        if (set.Uid is not null) patch.Add(Operation("replace", "/metadata/uid", set.Uid));
        if (set.ResourceVersion is not null) patch.Add(Operation("replace", "/metadata/resourceVersion", set.ResourceVersion));
        patch.Add(Operation("add", "/status", set.Status));
        var result = await api.Patch(set.Resource, set.Namespace, set.Name, PatchKind.Json, JsonWriter.ToUtf8(patch), "status", cancel: cancel);
        return Written(set.Resource, result, writes);
    }

    private async Task<ApiError?> Delete(PlanAction.Delete delete, Writes writes, CancellationToken cancel)
    {
        var query = new DeleteQuery
        {
            Uid = delete.Uid,
            ResourceVersion = delete.ResourceVersion,
            Propagation = delete.Propagation,
            GracePeriodSeconds = delete.GracePeriodSeconds,
        };
        var result = await api.Delete(delete.Resource, delete.Namespace, delete.Name, query, cancel);
        if (!result.Ok && result.Error!.Code != 404)
        {
            // Somebody else has that name now: what was to be deleted is gone.
            if (delete.ResourceVersion is null && delete.Uid is not null && result.Error.Code == 409) return null;
            Announce(delete.Announce, delete.Name, result.Error);
            return result.Error;
        }
        if (delete.Uid is not null) writes.Deleted(delete.Resource, new(delete.Namespace ?? "", delete.Name), delete.Uid);
        if (result.Ok) Announce(delete.Announce, delete.Name, null);
        return null;
    }

    private async Task<ApiError?> Together(PlanAction.Together together, Writes writes, CancellationToken cancel)
    {
        var size = together.SlowStart ? 1 : MostAtOnce;
        for (var done = 0; done < together.Actions.Count; done += size, size = Math.Min(size * 2, MostAtOnce))
        {
            var batch = together.Actions.Skip(done).Take(size).Select(a => Execute(a, writes, cancel));
            var errors = await Task.WhenAll(batch);
            if (Array.Find(errors, e => e is not null) is { } error) return error;
        }
        return null;
    }

    /// <summary>What is not there any more needs no change; everything else that failed is a failure.</summary>
    private static ApiError? Written(ResourceRef resource, Result<ApiObject> result, Writes writes)
    {
        if (!result.Ok) return result.Error!.Code == 404 ? null : result.Error;
        writes.Wrote(resource, Meta.Read(result.Value.Json.Span).Version);
        return null;
    }

    private void Announce(Announcement? announcement, string name, ApiError? error)
    {
        if (announcement is null) return;
        if (error is null && announcement.Done is var (reason, message)) events.Emit(announcement.About, "Normal", reason, Fill(message));
        if (error is not null && announcement.Failed is var (failReason, failMessage))
            events.Emit(announcement.About, "Warning", failReason, Fill(failMessage));

        string Fill(string text) => text.Replace("{name}", name).Replace("{error}", error?.Message);
    }

    public static bool IsNamespaceTerminating(ApiError error) =>
        error is { Code: 403 } && error.Message.Contains("because it is being terminated", StringComparison.Ordinal);

    private static JsonMap Operation(string op, string path, Json value) => new() { { "op", op }, { "path", path }, { "value", value } };
}
