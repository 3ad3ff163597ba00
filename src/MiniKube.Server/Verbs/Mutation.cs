using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>
/// The common course of update, patch and the writing subresources: read the latest, let the caller propose, complete,
/// admit, validate, store if nobody was faster.
/// </summary>
internal static class Mutation
{
    private const int MostTries = 16;

    /// <summary>What the caller wants the object to become. Current is in the version of the request and the caller's own.</summary>
    public delegate Result<JsonMap> Propose(JsonMap current);

    /// <summary>Retry: the write named no revision of its own, so it may be proposed again against a newer object.</summary>
    public readonly record struct How(string Subresource = "", string? Manager = null, bool Applied = false, bool Retry = true);

    /// <summary>The object afterwards, in the stored version.</summary>
    public static async ValueTask<Result<Written>> Run(ServerContext server, Kind kind, ApiRequest request, How how, Propose propose)
    {
        var stored = server.Kinds.StoredOf(kind);
        var (ns, name) = (kind.Namespaced ? request.Info.Namespace : "", request.Info.Name);
        for (var attempt = 1; ; attempt++)
        {
            if (server.Find(kind.Collection, ns, name) is not { } entry) return ApiError.NotFound(kind.Group, kind.Plural, name);
            var old = ObjectCodec.Shared(entry);
            var shown = await server.Converter.One(server, kind, CopyOf(old), request.StandAside);
            if (shown.Error is { } unfit) return unfit;
            // What was stored in another version than is stored now is compared in that of now.
            var before = await server.Converter.One(server, stored, old, request.StandAside);
            if (before.Error is { } unreadable) return unreadable;
            old = before.Value;
            var proposed = propose(Present.ToVersion(kind, shown.Value));
            if (proposed.Error is { } refused) return refused;
            var next = proposed.Value;
            var metadata = next.MapOrNew("metadata");
            if (CheckIdentity(kind, metadata, old.Map("metadata")!, ns, name) is { } mismatch) return mismatch;
            var pinned = metadata.Text("resourceVersion") is { Length: > 0 } and not "0";
            if (pinned && metadata.Text("resourceVersion") != old.Map("metadata")!.Text("resourceVersion"))
                return ApiError.Conflict(kind.Group, kind.Plural, name, ApiError.Modified);

            Defaulting.Apply(kind, next);
            var converted = await Create.ToStored(server, kind, stored, next, request.StandAside);
            if (converted.Error is { } fault) return fault;
            var outcome = await Settle(server, stored, kind, request, how, old, converted.Value, entry.Revision);
            if (outcome.Lost && attempt < MostTries && how.Retry) continue;
            return outcome.ToResult();
        }
    }

    /// <summary>A copy to be changed. Who owns which field is never changed in place, so these entries, half of a small object, are shared.</summary>
    private static JsonMap CopyOf(JsonMap old)
    {
        var copy = new JsonMap();
        foreach (var (key, value) in old)
            copy.Set(key, key == "metadata" && value is JsonMap metadata ? CopyOfMetadata(metadata) : value.Clone());
        return copy;
    }

    private static JsonMap CopyOfMetadata(JsonMap metadata)
    {
        var copy = new JsonMap();
        foreach (var (key, value) in metadata)
            copy.Set(key, key == "managedFields" && value is JsonList entries ? new JsonList(entries) : value.Clone());
        return copy;
    }

    private static ApiError? CheckIdentity(Kind kind, JsonMap metadata, JsonMap old, string ns, string name)
    {
        if (metadata.Text("name") is { Length: > 0 } sent && sent != name)
            return ApiError.BadRequest($"the name of the object ({sent}) does not match the name on the URL ({name})");
        metadata.Set("name", name);
        if (Create.CheckNamespace(kind, metadata, ns) is { } mismatch) return mismatch;
        if (metadata.Text("uid") is { Length: > 0 } uid && uid != old.Text("uid"))
            return ApiError.Conflict(kind.Group, kind.Plural, name, $"Precondition failed: UID in precondition: {uid}, UID in object meta: {old.Text("uid")}");
        return null;
    }

    private static async ValueTask<Commit.Outcome> Settle(ServerContext server, Kind stored, Kind kind, ApiRequest request, How how, JsonMap old, JsonMap next, long revision)
    {
        Restore(stored, how.Subresource, next, old);
        var metadata = next.Map("metadata")!;
        var name = metadata.Text("name")!;
        Prepare();

        var admission = new AdmissionRequest
        {
            Operation = AdmissionOperation.Update, Kind = stored, Requested = kind, Namespace = metadata.Text("namespace") ?? "", Name = name, Subresource = how.Subresource,
            Object = next, Old = old, User = request.User, DryRun = request.DryRun, Warnings = request.Warnings, Annotations = request.Annotations, StandAside = request.StandAside,
        };
        if (await server.Admission.Mutate(server, admission) is { } refusal) return new(null, refusal);
        // What nobody may write is nobody's to write on the way either.
        Restore(stored, how.Subresource, next, old);
        Prepare();
        // What is observed or assigned is nothing new to be wanted: a status that brings annotations along, a binding.
        if (how.Subresource is not ("status" or "binding")) BumpGeneration(stored, next, old);

        var errors = Validation.Update(stored, next, old, how.Subresource);
        if (errors.Count > 0) return new(null, ApiError.Invalid(kind.Group, kind.Name, name, errors));
        // Warnings are about what is wanted; who reports what is observed can do nothing about it.
        if (how.Subresource is not ("status" or "binding")) stored.Hooks.Warn?.Invoke(next, request.Warnings);
        if (await server.Admission.Validate(server, admission) is { } veto) return new(null, veto);

        if (!how.Applied) ManagedFields.Update(old, next, stored.Schema.Value, how.Manager ?? request.FieldManager, kind.ApiVersion, how.Subresource, server.Now);
        if (Unchanged(next, old)) return new(old.CloneMap(), null);
        if (Finished(stored, next)) return await Commit.Delete(server, stored, next, revision, admission);
        return await Commit.Put(server, stored, next, revision, admission);

        void Prepare()
        {
            // These subresources exist to write what PrepareUpdate keeps users from writing.
            if (how.Subresource is not ("status" or "approval" or "finalize" or "binding")) stored.Hooks.PrepareUpdate?.Invoke(next, old);
        }
    }

    /// <summary>A deleted object goes when nothing holds it any more.</summary>
    private static bool Finished(Kind kind, JsonMap obj)
    {
        var metadata = obj.Map("metadata")!;
        return metadata.Has("deletionTimestamp") && metadata.Whole("deletionGracePeriodSeconds") is null or 0
            && metadata.List("finalizers") is null or { Count: 0 } && kind.Hooks.HoldsDeletion?.Invoke(obj) != true;
    }

    private static readonly string[] ServerOwned =
        ["uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "selfLink", "namespace", "name", "generateName", "resourceVersion"];

    private static void Restore(Kind kind, string subresource, JsonMap next, JsonMap old)
    {
        var (metadata, before) = (next.MapOrNew("metadata"), old.Map("metadata")!);
        foreach (var member in ServerOwned) metadata[member] = before[member];
        if (subresource is "status" or "approval")
        {
            foreach (var (key, value) in old)
                if (key is not ("metadata" or "status") && !value.SameAs(next[key])) next.Set(key, value.Clone());
            next.RemoveWhere((key, _) => key is not ("metadata" or "status") && !old.Has(key));
            metadata["ownerReferences"] = before["ownerReferences"]?.Clone();
            // Who may approve may not therefore issue.
            if (subresource == "approval") next.MapOrNew("status")["certificate"] = old.Map("status")?["certificate"]?.Clone();
        }
        else if (subresource.Length == 0 && kind.HasStatus)
        {
            next["status"] = old["status"]?.Clone();
        }
        else if (kind.Hooks.PartialUpdates.TryGetValue(subresource, out var part))
        {
            next["status"] = old["status"]?.Clone();
            part.Keep(next, old);
        }
    }

    private static void BumpGeneration(Kind kind, JsonMap next, JsonMap old)
    {
        if (!kind.HasGeneration) return;
        var metadata = next.Map("metadata")!;
        var changed = kind.Hooks.ChangesGeneration?.Invoke(next, old) ?? next.Any(m => Counts(m.Key) && !m.Value.SameAs(old[m.Key])) || old.Any(m => Counts(m.Key) && !next.Has(m.Key));
        if (changed) metadata.Set("generation", (old.Map("metadata")!.Whole("generation") ?? 0) + 1);
        static bool Counts(string member) => member is not ("metadata" or "status" or "kind" or "apiVersion");
    }

    /// <summary>Equal but for who is recorded as having written it: such a write is answered without writing.</summary>
    private static bool Unchanged(JsonMap next, JsonMap old)
    {
        if (!SameBut(next.Map("metadata")!, old.Map("metadata")!, "managedFields")) return false;
        if (!SameBut(next, old, "metadata")) return false;
        return SameOwners(next, old);
    }

    private static bool SameOwners(JsonMap next, JsonMap old)
    {
        if (next.Map("metadata")!["managedFields"] is { } now && now.SameAs(old.Map("metadata")!["managedFields"])) return true;
        var (after, before) = (ManagedFields.Read(next), ManagedFields.Read(old));
        return after.Count == before.Count && after.All(a => before.Any(b => b.Is(a.Manager, a.Applied, a.ApiVersion, a.Subresource) && a.Fields.SameAs(b.Fields) && a.ApiVersion == b.ApiVersion));
    }

    private static bool SameBut(JsonMap a, JsonMap b, string except)
    {
        foreach (var (key, value) in a)
            if (key != except && !value.SameAs(b[key])) return false;
        foreach (var (key, _) in b)
            if (key != except && !a.Has(key)) return false;
        return true;
    }
}
