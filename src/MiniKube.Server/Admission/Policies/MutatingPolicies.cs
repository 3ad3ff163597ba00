using MiniKube.Machinery;
using MiniKube.Store;

namespace MiniKube.Server;

/// <summary>MutatingAdmissionPolicies: what people want added to whatever is stored here.</summary>
internal sealed class MutatingPolicies(IStateStore store, Authorizer authorizer) : IAdmission
{
    private readonly Derived<IReadOnlyList<MutatingPolicy>> policies = new(store, MutatingPolicy.Collections, MutatingPolicy.All);

    public ValueTask<ApiError?> Admit(ServerContext server, AdmissionRequest request)
    {
        if (policies.Value is not { Count: > 0 } all || request.Object is not { } obj || request.Kind.Group == AdmissionPolicy.Group) return ValueTask.FromResult<ApiError?>(null);
        var (refusal, again) = Round(server, request, obj, all);
        // Once more for those who want to see what came after them, and not for ever.
        if (refusal is null && again.Count > 0) (refusal, _) = Round(server, request, obj, again);
        return ValueTask.FromResult(refusal);
    }

    private (ApiError? Refusal, IReadOnlyList<MutatingPolicy> Again) Round(ServerContext server, AdmissionRequest request, JsonMap obj, IReadOnlyList<MutatingPolicy> all)
    {
        HashSet<MutatingPolicy> seen = [], again = [];
        foreach (var (policy, binding, matched, values, fault) in PolicyRounds.Of(server, request, all, authorizer))
        {
            if (fault is not null) return (Refused(request, policy, binding, fault), []);
            var before = Present.ToVersion(matched, obj.CloneMap());
            var changed = policy.Change(before, matched, values);
            if (!changed.Ok && policy.Ignores) continue;
            if (!changed.Ok) return (Refused(request, policy, binding, changed.Error!.Message), []);
            seen.Add(policy);
            if (changed.Value.SameAs(before)) continue;
            if (AdmittedObject.Take(obj, request.Kind, Present.ToStored(matched, changed.Value.CloneMap())) is { } unfit) return (unfit, []);
            again.UnionWith(seen.Where(s => s != policy && s.Reinvoked));
        }
        return (null, [.. all.Where(again.Contains)]);
    }

    private static ApiError Refused(AdmissionRequest request, MutatingPolicy policy, PolicyBinding binding, string why) =>
        ApiError.Forbidden(request.Kind.Group, request.Kind.Plural, request.Name, $"policy '{policy.Name}' with binding '{binding.Name}' denied request: {why}");
}
