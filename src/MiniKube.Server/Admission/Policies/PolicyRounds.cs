using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>One look of a policy at a request: through which binding, in which version, with which values, or why it can't.</summary>
internal readonly record struct PolicyRound<T>(T Policy, PolicyBinding Binding, Kind Matched, Dictionary<string, object?> Values, string? Fault);

/// <summary>Which policies look at a request: every binding of each, with every one of its parameters.</summary>
internal static class PolicyRounds
{
    public static IEnumerable<PolicyRound<T>> Of<T>(ServerContext server, AdmissionRequest request, IReadOnlyList<T> policies, Authorizer authorizer) where T : AdmissionPolicy
    {
        var ns = request.Kind.Namespaced ? server.Peek("namespaces", "", request.Namespace) : null;
        var labels = ns?.Map("metadata")?.Map("labels");
        IEnumerable<Kind> Versions() => server.Kinds.All.Where(k => k.Collection == request.Kind.Collection && !k.Hidden);

        foreach (var policy in policies)
        {
            if (policy.Match.Fits(request, Versions, labels) is not { } matched) continue;
            foreach (var binding in policy.Bindings)
            {
                if (binding.Match.Fits(request, Versions, labels) is null) continue;
                var (parameters, fault) = policy.Fault is null ? PolicyParameters.Of(server, policy, binding, request) : ([], $"failed to configure policy: {policy.Fault}");
                if (fault is not null && !policy.Ignores) yield return new(policy, binding, matched, [], fault);
                foreach (var parameter in parameters)
                {
                    var values = AdmissionVariables.Of(request, matched, authorizer, ns);
                    if (policy.Params is not null) values["params"] = AdmissionVariables.Value(parameter);
                    yield return new(policy, binding, matched, values, null);
                }
            }
        }
    }
}
