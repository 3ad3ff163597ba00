using MiniKube.Machinery;
using MiniKube.Store;

namespace MiniKube.Server;

/// <summary>
/// pods/eviction: a delete that asks the disruption budgets first. The budget is charged in the same transaction as the
/// pod is marked, so no number of evictions at once can overdraw it.
/// </summary>
internal static class EvictionSubresource
{
    private const string Budgets = "poddisruptionbudgets.policy";
    private const int MostTries = 16;

    public static async ValueTask<ApiResponse> Run(ServerContext server, Kind kind, ApiRequest request)
    {
        if (request.Info.Verb != "create") return ApiError.MethodNotAllowed();
        var decoded = Body.Object(server, BuiltIn.Eviction, request);
        if (decoded.Error is { } bad) return bad;
        var eviction = decoded.Value;
        var info = request.Info;
        if (eviction.Map("metadata")?.Text("name") is { Length: > 0 } named && named != info.Name)
            return ApiError.BadRequest("name in URL does not match name in Eviction object");
        var admission = new AdmissionRequest
        {
            Operation = AdmissionOperation.Create, Kind = BuiltIn.Pod, Namespace = info.Namespace, Name = info.Name, Subresource = "eviction", Object = eviction, User = request.User,
            DryRun = request.DryRun, Warnings = request.Warnings, Annotations = request.Annotations,
        };
        if (await server.Admission.Mutate(server, admission) is { } refused) return refused;
        var wished = eviction.Map("deleteOptions");
        var options = new DeleteOptions
        {
            GracePeriodSeconds = wished?.Whole("gracePeriodSeconds"), Propagation = wished?.Text("propagationPolicy"),
            Uid = wished?.Map("preconditions")?.Text("uid"), ResourceVersion = wished?.Map("preconditions")?.Text("resourceVersion"),
            DryRun = request.DryRun || wished?.List("dryRun") is { Count: > 0 },
        };
        for (var attempt = 1; ; attempt++)
        {
            if (server.Peek("pods", info.Namespace, info.Name) is not { } pod) return ApiError.NotFound("", "pods", info.Name);
            var charge = Charge(server, pod, info.Namespace);
            if (charge.Error is { } denied) return denied;
            // What goes for free because it isn't healthy must not have become so in the meantime.
            var asSeen = charge.Value.Count == 0 && pod.Map("status")?.Text("phase") is not ("Succeeded" or "Failed")
                ? options with { ResourceVersion = options.ResourceVersion ?? pod.Map("metadata")!.Text("resourceVersion") } : options;
            var deleted = await Delete.One(server, BuiltIn.Pod, request, info.Name, asSeen, alongside: charge.Value, say: p => Tell(server, p));
            if (deleted.Error is { Reason: "Conflict" } && options is { Uid: null, ResourceVersion: null } && attempt < MostTries) continue;
            if (deleted.Error is { } error) return error;
            return ApiResponse.Of(201, new JsonMap { { "kind", "Status" }, { "apiVersion", "v1" }, { "metadata", new JsonMap() }, { "status", "Success" }, { "code", 201 } });
        }
    }

    /// <summary>Whoever owns the pod learns that its end isn't its own doing.</summary>
    private static void Tell(ServerContext server, JsonMap pod)
    {
        var conditions = pod.MapOrNew("status").ListOrNew("conditions");
        var old = conditions.Maps().FirstOrDefault(c => c.Text("type") == "DisruptionTarget");
        var condition = new JsonMap
        {
            { "type", "DisruptionTarget" }, { "status", "True" }, { "observedGeneration", pod.Map("metadata")!.Whole("generation") ?? 0 }, { "lastProbeTime", Json.Null },
            { "lastTransitionTime", old?.Text("status") == "True" ? old["lastTransitionTime"] ?? server.Timestamp : server.Timestamp },
            { "reason", "EvictionByEvictionAPI" }, { "message", "Eviction API: evicting" },
        };
        if (old is not null) conditions.RemoveAll(c => ReferenceEquals(c, old));
        conditions.Add(condition);
    }

    /// <summary>The change that takes one disruption from the pod's budget, nothing when it has none or doesn't count, or the refusal.</summary>
    private static Result<IReadOnlyList<Change>> Charge(ServerContext server, JsonMap pod, string ns)
    {
        IReadOnlyList<Change> free = [];
        var phase = pod.Map("status")?.Text("phase");
        if (phase is "Succeeded" or "Failed" or "Pending" || pod.Map("metadata")!.Has("deletionTimestamp")) return Result(free);
        var labels = pod.Map("metadata")?.Map("labels");
        var matching = server.Store.Snapshot().List(Budgets, ns)
            .Where(e => LabelSelector.From(ObjectCodec.Shared(e).Map("spec")?.Map("selector")).Matches(labels)).ToList();
        if (matching.Count == 0) return Result(free);
        if (matching.Count > 1) return new ApiError(500, "", "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.");

        var budget = ObjectCodec.Read(matching[0]);
        var name = matching[0].Key.Name;
        var status = budget.MapOrNew("status");
        var healthy = (pod.Map("status")?.List("conditions") ?? []).Maps().Any(c => c.Text("type") == "Ready" && c.Text("status") == "True");
        if (!healthy && (budget.Map("spec")?.Text("unhealthyPodEvictionPolicy") == "AlwaysAllow"
            || status.Whole("currentHealthy") >= status.Whole("desiredHealthy") && status.Whole("desiredHealthy") > 0)) return Result(free);
        if ((status.Whole("observedGeneration") ?? 0) < (budget.Map("metadata")!.Whole("generation") ?? 0))
            return TooMany("Cannot evict pod as it would violate the pod's disruption budget.", $"The disruption budget {name} is still being processed by the server.", 10);
        var allowed = status.Whole("disruptionsAllowed") ?? 0;
        if (allowed <= 0)
        {
            return TooMany("Cannot evict pod as it would violate the pod's disruption budget.",
                $"The disruption budget {name} needs {status.Whole("desiredHealthy") ?? 0} healthy pods and has {status.Whole("currentHealthy") ?? 0} currently", null);
        }
        status.Set("disruptionsAllowed", allowed - 1);
        status.MapOrNew("disruptedPods").Set(pod.Map("metadata")!.Text("name")!, server.Timestamp);
        IReadOnlyList<Change> charge = [new Change.Put(matching[0].Key, ObjectCodec.Encode(budget), matching[0].Revision)];
        return Result(charge);
    }

    // Interfaces take no implicit conversion.
    private static Result<IReadOnlyList<Change>> Result(IReadOnlyList<Change> changes) => Result<IReadOnlyList<Change>>.Of(changes);

    private static ApiError TooMany(string message, string cause, int? retryAfter) => new(429, "TooManyRequests", message)
    {
        Causes = [new FieldError("", FieldFault.DisruptionBudget, cause)], RetryAfterSeconds = retryAfter,
    };
}
