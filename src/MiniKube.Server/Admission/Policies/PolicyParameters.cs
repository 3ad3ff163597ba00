using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>The objects a binding gives its policy to compare with: one judgement each.</summary>
internal static class PolicyParameters
{
    // A policy without parameters is judged once, with none.
    private static readonly IReadOnlyList<JsonMap?> None = [null];

    public static (IReadOnlyList<JsonMap?> Found, string? Fault) Of(ServerContext server, AdmissionPolicy policy, PolicyBinding binding, AdmissionRequest request)
    {
        if (policy.Params is not var (apiVersion, name) || binding.Params is not { } reference) return (None, null);
        var slash = apiVersion.IndexOf('/');
        if (server.Kinds.FindByName(slash < 0 ? "" : apiVersion[..slash], apiVersion[(slash + 1)..], name) is not { } kind)
            return ([], Configure($"failed to find resource referenced by paramKind: '{apiVersion}, Kind={name}'"));
        var ns = reference.Text("namespace") ?? "";
        if (!kind.Namespaced && ns.Length > 0) return ([], Configure("paramRef.namespace must not be provided for a cluster-scoped `paramKind`"));
        if (kind.Namespaced && ns.Length == 0)
        {
            if (!request.Kind.Namespaced) return ([], Configure("cannot use namespaced paramRef in policy binding that matches cluster-scoped resources"));
            ns = request.Namespace;
        }
        var found = Find(server, kind, ns, reference);
        if (found.Count > 0) return (found, null);
        return reference.Text("parameterNotFoundAction") == "Allow" ? ([], null) : ([], Configure("no params found for policy binding with `Deny` parameterNotFoundAction"));
    }

    private static string Configure(string why) => $"failed to configure binding: {why}";

    private static List<JsonMap?> Find(ServerContext server, Kind kind, string ns, JsonMap reference)
    {
        if (reference.Text("name") is { Length: > 0 } name) return server.Peek(kind.Collection, ns, name) is { } one ? [Present.ToVersion(kind, one)] : [];
        var selector = LabelSelector.From(reference.Map("selector"));
        return [.. server.Store.Snapshot().List(kind.Collection, kind.Namespaced ? ns : null).Select(e => ObjectCodec.Shared(e))
            .Where(o => selector.Matches(o.Map("metadata")?.Map("labels"))).Select(o => (JsonMap?)Present.ToVersion(kind, o))];
    }
}
