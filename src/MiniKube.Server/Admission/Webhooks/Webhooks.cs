using MiniKube.Machinery;
using MiniKube.Store;

namespace MiniKube.Server;

/// <summary>What webhooks of both kinds have in common: which are asked, and what becomes of one that can't be.</summary>
internal abstract class Webhooks(IStateStore store, Authorizer authorizer, WebhookCaller caller, string type) : IConnectionAdmission
{
    private readonly Derived<IReadOnlyList<Webhook>> all = new(store, [$"{type}webhookconfigurations.{AdmissionPolicy.Group}"],
        snapshot => Webhook.All(snapshot, $"{type}webhookconfigurations.{AdmissionPolicy.Group}"));

    public ValueTask<ApiError?> Admit(ServerContext server, AdmissionRequest request) =>
        // Nobody can be locked out of configuring what is asked.
        all.Value is { Count: > 0 } webhooks && request.Kind.Group != AdmissionPolicy.Group ? Admit(server, request, webhooks) : ValueTask.FromResult<ApiError?>(null);

    protected abstract ValueTask<ApiError?> Admit(ServerContext server, AdmissionRequest request, IReadOnlyList<Webhook> webhooks);

    /// <summary>The version in which a webhook is to be asked about a request; null where it is not.</summary>
    protected (Kind? Matched, ApiError? Refusal) Concerns(ServerContext server, AdmissionRequest request, Webhook webhook)
    {
        var labels = request.Kind.Namespaced ? server.Peek("namespaces", "", request.Namespace)?.Map("metadata")?.Map("labels") : null;
        if (webhook.Match.Fits(request, () => server.Kinds.All.Where(k => k.Collection == request.Kind.Collection && !k.Hidden), labels) is not { } matched) return (null, null);
        if (!webhook.Conditions.All.Any()) return (matched, null);
        var (holds, fault) = webhook.Conditions.Look(AdmissionVariables.Of(request, matched, authorizer, ns: null));
        return fault is null ? (holds ? matched : null, null) : (null, ApiError.Forbidden(request.Kind.Group, request.Kind.Plural, request.Name, $"failed to match admission webhook \"{webhook.Name}\": {fault}"));
    }

    /// <summary>Asks one and takes note of what it says besides its verdict.</summary>
    protected async Task<Verdict> Ask(ServerContext server, AdmissionRequest request, Webhook webhook, Kind matched, string place)
    {
        // It may itself be a client of this server, and would wait for the seats of those who wait for it.
        request.StandAside?.Invoke();
        var (verdict, fault) = await caller.Ask(server, webhook, request, matched);
        if (verdict is not null) return verdict;
        if (!webhook.Ignores) return new(ApiError.Internal($"failed calling webhook \"{webhook.Name}\": {fault}"), null, [], []);
        server.Log.Warn($"failed calling webhook \"{webhook.Name}\", failing open: {fault}");
        return new(null, null, [], [($"failed-open.{type}.webhook.admission.k8s.io/{place}", webhook.Name)]);
    }

    protected static void Note(AdmissionRequest request, Verdict verdict)
    {
        foreach (var warning in verdict.Warnings)
            if (!request.Warnings.Contains(warning)) request.Warnings.Add(warning);
        if (request.Annotations is not { } told) return;
        foreach (var (key, value) in verdict.Annotations) told.TryAdd(key, value);
    }
}

/// <summary>Webhooks that only judge: all are asked at once.</summary>
internal sealed class ValidatingWebhooks(IStateStore store, Authorizer authorizer, WebhookCaller caller) : Webhooks(store, authorizer, caller, "validating")
{
    protected override async ValueTask<ApiError?> Admit(ServerContext server, AdmissionRequest request, IReadOnlyList<Webhook> webhooks)
    {
        var asked = new List<Task<Verdict>>();
        foreach (var webhook in webhooks)
        {
            var (matched, refusal) = Concerns(server, request, webhook);
            if (refusal is not null) return refusal;
            if (matched is not null) asked.Add(Ask(server, request, webhook, matched, $"round_0_index_{asked.Count}"));
        }
        var verdicts = await Task.WhenAll(asked);
        foreach (var verdict in verdicts) Note(request, verdict);
        return verdicts.Select(v => v.Refusal).FirstOrDefault(r => r is not null);
    }
}

/// <summary>Webhooks that may change the object: one after the other, and once more those that want to see what came after them.</summary>
internal sealed class MutatingWebhooks(IStateStore store, Authorizer authorizer, WebhookCaller caller) : Webhooks(store, authorizer, caller, "mutating")
{
    protected override async ValueTask<ApiError?> Admit(ServerContext server, AdmissionRequest request, IReadOnlyList<Webhook> webhooks)
    {
        var (refusal, again) = await Round(server, request, webhooks, 0);
        if (refusal is null && again.Count > 0) (refusal, _) = await Round(server, request, again, 1);
        return refusal;
    }

    private async ValueTask<(ApiError? Refusal, IReadOnlyList<Webhook> Again)> Round(ServerContext server, AdmissionRequest request, IReadOnlyList<Webhook> webhooks, int round)
    {
        HashSet<Webhook> seen = [], again = [];
        var index = 0;
        foreach (var webhook in webhooks)
        {
            var (matched, refusal) = Concerns(server, request, webhook);
            if (refusal is not null) return (refusal, []);
            if (matched is null) continue;
            var place = $"round_{round}_index_{index++}";
            var verdict = await Ask(server, request, webhook, matched, place);
            Note(request, verdict);
            if (verdict.Refusal is not null) return (verdict.Refusal, []);
            seen.Add(webhook);
            var (changed, fault) = await Patch(server, request, matched, verdict.Patch);
            if (fault is not null && !webhook.Ignores) return (fault, []);
            if (request.Annotations is { } told)
                told[$"mutation.webhook.admission.k8s.io/{place}"] = new JsonMap { { "configuration", webhook.Configuration }, { "webhook", webhook.Name }, { "mutated", changed } }.ToString();
            if (changed) again.UnionWith(seen.Where(s => s != webhook && s.Reinvoked));
        }
        return (null, [.. webhooks.Where(again.Contains)]);
    }

    private static async ValueTask<(bool Changed, ApiError? Fault)> Patch(ServerContext server, AdmissionRequest request, Kind matched, Json? patch)
    {
        if (patch is not JsonList { Count: > 0 } || request.Object is not { } obj) return (false, null);
        var shown = await server.Converter.One(server, matched, obj.CloneMap());
        if (shown.Error is { } unfit) return (false, unfit);
        var before = Present.ToVersion(matched, shown.Value);
        var patched = JsonPatch.Apply(before, patch);
        if (!patched.Ok) return (false, ApiError.Internal(patched.Error!.Message));
        if (patched.Value.SameAs(before)) return (false, null);
        var back = await Create.ToStored(server, matched, request.Kind, patched.Value.CloneMap(), aside: null);
        if (back.Error is { } unreadable) return (false, unreadable);
        return AdmittedObject.Take(obj, request.Kind, back.Value) is { } fault ? (false, fault) : (true, null);
    }
}
