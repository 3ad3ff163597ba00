using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>selfsubjectrulesreviews: everything the asker may do in a namespace.</summary>
internal sealed class RulesReviews(Authorizer authorizer)
{
    public ValueTask<ApiResponse> Run(ServerContext server, Kind kind, ApiRequest request)
    {
        if (request.Info.Verb != "create") return ValueTask.FromResult<ApiResponse>(ApiError.MethodNotAllowed());
        var decoded = Body.Object(server, kind, request);
        if (decoded.Error is { } bad) return ValueTask.FromResult<ApiResponse>(bad);
        var review = decoded.Value;
        if (review.Map("spec")?.Text("namespace") is not { Length: > 0 } ns) return ValueTask.FromResult<ApiResponse>(ApiError.BadRequest("no namespace on request"));
        var rules = authorizer.Rbac.RulesFor(request.User, ns).ToList();
        if (request.User.IsMaster) rules.AddRange([new PolicyRule(["*"], ["*"], ["*"], [], []), new PolicyRule(["*"], [], [], [], ["*"])]);
        var faults = new List<string>();
        var isNode = NodeAuthorizer.IsNode(request.User);
        if (isNode) faults.Add("node authorizer does not support user rule resolution");
        if (authorizer.Rbac.Faults(request.User, ns) is { Length: > 0 } missing) faults.Add(missing);
        var status = new JsonMap
        {
            { "resourceRules", new JsonList(rules.Where(r => r.Resources.Count > 0).Select(r => (Json)r.ToJson())) },
            { "nonResourceRules", new JsonList(rules.Where(r => r.Paths.Count > 0).Select(r => (Json)r.ToJson())) },
            { "incomplete", isNode },
        };
        if (faults.Count > 0) status.Add("evaluationError", faults.Count == 1 ? faults[0] : $"[{string.Join(", ", faults)}]");
        review.Set("status", status);
        return ValueTask.FromResult(ApiResponse.Of(201, review));
    }
}
