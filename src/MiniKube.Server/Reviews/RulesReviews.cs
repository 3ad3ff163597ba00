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
        review.Set("status", new JsonMap
        {
            { "resourceRules", new JsonList(rules.Where(r => r.Resources.Count > 0).Select(r => (Json)r.ToJson())) },
            { "nonResourceRules", new JsonList(rules.Where(r => r.Paths.Count > 0).Select(r => (Json)r.ToJson())) },
            { "incomplete", false },
        });
        return ValueTask.FromResult(ApiResponse.Of(201, review));
    }
}
