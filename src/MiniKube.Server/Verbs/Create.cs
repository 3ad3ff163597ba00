using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>create: decode, complete, admit, validate, store.</summary>
internal static class Create
{
    // 64 creators may contend for one quota: each round one of them at least comes through.
    private const int MostTries = 128;

    public static async ValueTask<ApiResponse> Run(ServerContext server, Kind kind, ApiRequest request)
    {
        var form = Form.Of(request.Accept);
        if (form.Error is { } refused) return refused;
        var decoded = Body.Object(server, kind, request);
        if (decoded.Error is { } bad) return bad;
        var created = await Store(server, kind, request, decoded.Value, request.FieldManager);
        return created.Error is { } error ? error : await Present.Written(server, kind, form, created.Value, 201);
    }

    /// <summary>Stores an object sent in the version of the kind; the result is in the stored version.</summary>
    public static async ValueTask<Result<Written>> Store(ServerContext server, Kind kind, ApiRequest request, JsonMap sent, string? manager, bool applied = false)
    {
        var stored = server.Kinds.StoredOf(kind);
        var metadata = sent.MapOrNew("metadata");
        if (metadata.Text("resourceVersion") is { Length: > 0 } and not "0")
            return new ApiError(500, "", "resourceVersion should not be set on objects to be created");
        if (CheckNamespace(kind, metadata, request.Info.Namespace) is { } mismatch) return mismatch;
        if (metadata.Text("name") is { Length: > 0 } name && request.Info.Name.Length > 0 && name != request.Info.Name)
            return ApiError.BadRequest($"the name of the object ({name}) does not match the name on the URL ({request.Info.Name})");

        Defaulting.Apply(kind, sent);
        var converted = await ToStored(server, kind, stored, sent, request.StandAside);
        if (converted.Error is { } fault) return fault;
        var obj = converted.Value;
        for (var attempt = 1; ; attempt++)
        {
            var candidate = obj.CloneMap();
            var generated = Identify(server, stored, candidate);
            var result = await Attempt(server, stored, kind, request, candidate, manager, applied);
            // A generated name that happens to be taken is drawn again, nobody asked for that one; and so is anything
            // else that was allocated and taken by another in the meantime.
            if ((result.Lost || generated && result.Error is { Reason: "AlreadyExists" }) && attempt < MostTries) continue;
            return result.ToResult();
        }
    }

    /// <summary>What was sent in one version, in the stored one.</summary>
    internal static ValueTask<Result<JsonMap>> ToStored(ServerContext server, Kind kind, Kind stored, JsonMap sent, Action? aside) =>
        kind.Converter is null ? ValueTask.FromResult<Result<JsonMap>>(Present.ToStored(kind, sent)) : server.Converter.One(server, stored, sent, aside);

    private static async ValueTask<Commit.Outcome> Attempt(ServerContext server, Kind stored, Kind kind, ApiRequest request, JsonMap obj, string? manager, bool applied)
    {
        var metadata = obj.Map("metadata")!;
        var name = metadata.Text("name") ?? "";
        var admission = new AdmissionRequest
        {
            Operation = AdmissionOperation.Create, Kind = stored, Requested = kind, Namespace = stored.Namespaced ? request.Info.Namespace : "", Name = name,
            Object = obj, User = request.User, DryRun = request.DryRun, Warnings = request.Warnings, Annotations = request.Annotations, StandAside = request.StandAside,
        };
        if (await server.Admission.Mutate(server, admission) is { } refusal) return new(null, refusal);

        if (stored.HasStatus && !stored.Hooks.StatusOnCreate) obj.Remove("status");
        stored.Hooks.PrepareCreate?.Invoke(obj);
        Defaulting.Apply(stored.Schema.Value, obj);
        if (stored.HasGeneration) metadata.Set("generation", 1);

        var errors = Validation.Create(stored, obj);
        if (errors.Count > 0) return new(null, ApiError.Invalid(kind.Group, kind.Name, name, errors));
        stored.Hooks.Warn?.Invoke(obj, request.Warnings);
        if (await server.Admission.Validate(server, admission) is { } veto) return new(null, veto);

        if (!applied) ManagedFields.Update([], obj, stored.Schema.Value, manager ?? "unknown", kind.ApiVersion, "", server.Now);
        return await Commit.Put(server, stored, obj, ifRevision: 0, admission);
    }

    internal static ApiError? CheckNamespace(Kind kind, JsonMap metadata, string ns)
    {
        if (!kind.Namespaced)
        {
            metadata.Remove("namespace");
            return null;
        }
        if (metadata.Text("namespace") is { Length: > 0 } sent && sent != ns)
            return ApiError.BadRequest("the namespace of the provided object does not match the namespace sent on the request");
        metadata.Set("namespace", ns);
        return null;
    }

    /// <summary>Name, uid and time; true when the name was generated here.</summary>
    private static bool Identify(ServerContext server, Kind kind, JsonMap obj)
    {
        var metadata = obj.Map("metadata")!;
        var generated = false;
        if (metadata.Text("name") is null or "" && metadata.Text("generateName") is { Length: > 0 } prefix)
        {
            const int longestPrefix = 58;
            metadata.Set("name", (prefix.Length > longestPrefix ? prefix[..longestPrefix] : prefix) + server.Names.Suffix());
            generated = true;
        }
        metadata.Set("uid", server.Names.Uid());
        metadata.Set("creationTimestamp", server.Timestamp);
        foreach (var system in new[] { "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "resourceVersion", "generation" }) metadata.Remove(system);
        return generated;
    }
}
