using MiniKube.Machinery;
using MiniKube.Machinery.Cel;

namespace MiniKube.Server;

/// <summary>A request under admission as expressions see it.</summary>
internal static class AdmissionVariables
{
    public static Dictionary<string, object?> Of(AdmissionRequest request, Kind matched, Authorizer authorizer, JsonMap? ns) => new(StringComparer.Ordinal)
    {
        ["object"] = Value(InVersion(matched, request.Object)),
        ["oldObject"] = Value(InVersion(matched, request.Old)),
        ["request"] = Value(Describe(request, matched)),
        ["namespaceObject"] = Value(ns),
        ["authorizer"] = Access(request, authorizer),
    };

    public static object? Value(JsonMap? obj) => obj is null ? null : CelValues.FromJson(obj, schema: null);

    public static JsonMap? InVersion(Kind kind, JsonMap? obj) => obj is null ? null : Present.ToVersion(kind, obj);

    /// <summary>The request as an AdmissionReview would carry it, without the objects.</summary>
    public static JsonMap Describe(AdmissionRequest request, Kind matched)
    {
        var asked = request.Requested ?? request.Kind;
        var described = new JsonMap
        {
            { "kind", Named(matched, "kind", matched.Name) }, { "resource", Named(matched, "resource", matched.Plural) }, { "subResource", request.Subresource },
            { "requestKind", Named(asked, "kind", asked.Name) }, { "requestResource", Named(asked, "resource", asked.Plural) },
            { "requestSubResource", request.Subresource }, { "name", request.Name },
        };
        if (request.Kind.Namespaced) described.Add("namespace", request.Namespace);
        described.Add("operation", request.Operation.ToString().ToUpperInvariant());
        described.Add("userInfo", Asker(request.User));
        described.Add("dryRun", request.DryRun);
        return described;
    }

    private static JsonMap Named(Kind kind, string member, string name) => new() { { "group", kind.Group }, { "version", kind.Version }, { member, name } };

    private static JsonMap Asker(UserInfo user)
    {
        var extra = new JsonMap();
        foreach (var (key, values) in user.Extra) extra.Add(key, new JsonList(values.Select(v => (Json)v)));
        var asker = new JsonMap { { "username", user.Name }, { "uid", user.Uid }, { "groups", new JsonList(user.Groups.Select(g => (Json)g)) } };
        if (extra.Count > 0) asker.Add("extra", extra);
        return asker;
    }

    private static CelAccess Access(AdmissionRequest request, Authorizer authorizer)
    {
        var anything = new CelAccess(asked =>
        {
            var user = asked.ServiceAccount is var (ns, name) ? UserInfo.ForServiceAccount(ns, name) : request.User;
            var decision = authorizer.Decide(user, asked.Path is { } path
                ? new RequestInfo { Verb = asked.Verb!, Path = path }
                : new RequestInfo
                {
                    Verb = asked.Verb!, Path = "", IsResource = true, Group = asked.Group, Version = "*", Resource = asked.Resource, Subresource = asked.Subresource,
                    Namespace = asked.Namespace, Name = asked.Name, Fields = RequestInfo.Narrowed(asked.FieldSelector),
                });
            return (decision.Allowed, decision.Why);
        });
        return anything with
        {
            RequestResource = anything with
            {
                Group = request.Kind.Group,
                Resource = request.Kind.Plural,
                Subresource = request.Subresource,
                Namespace = request.Kind.Namespaced ? request.Namespace : "",
                Name = request.Name,
            },
        };
    }
}
