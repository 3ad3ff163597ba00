using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>tokenreviews: whose token is this?</summary>
internal sealed class TokenReviews(Authenticator authenticator, ServiceAccountTokens tokens)
{
    public async ValueTask<ApiResponse> Run(ServerContext server, Kind kind, ApiRequest request)
    {
        if (request.Info.Verb != "create") return ApiError.MethodNotAllowed();
        var decoded = Body.Object(server, kind, request);
        if (decoded.Error is { } bad) return bad;
        var review = decoded.Value;
        var spec = review.MapOrNew("spec");
        var token = spec.Text("token") ?? "";
        if (token.Length == 0) return ApiError.BadRequest("token is required for TokenReview in authentication");
        var asked = (spec.List("audiences") ?? []).Texts().ToList();
        var status = new JsonMap();
        var ours = asked.Count == 0 ? [.. tokens.DefaultAudiences] : asked.Intersect(tokens.DefaultAudiences).ToList();
        if (asked.Count > 0 && tokens.Check(token, asked) is { } valid) Fill(status, valid.User, valid.Audiences);
        else if (ours.Count > 0 && await authenticator.OfToken(token, request.Cancel) is { } user) Fill(status, user, ours);
        else status.Add("error", "[invalid bearer token, token lookup failed]");
        review.Set("status", status);
        return ApiResponse.Of(201, review);
    }

    private static void Fill(JsonMap status, UserInfo user, IReadOnlyList<string> audiences)
    {
        status.Add("authenticated", true);
        status.Add("user", SelfSubjectReviews.Describe(user));
        status.Add("audiences", JsonList.OfTexts(audiences));
    }
}

/// <summary>selfsubjectreviews: who am I? (kubectl auth whoami)</summary>
internal static class SelfSubjectReviews
{
    public static ValueTask<ApiResponse> Run(ServerContext server, Kind kind, ApiRequest request)
    {
        if (request.Info.Verb != "create") return ValueTask.FromResult<ApiResponse>(ApiError.MethodNotAllowed());
        return ValueTask.FromResult(ApiResponse.Of(201, new JsonMap
        {
            { "kind", kind.Name }, { "apiVersion", kind.ApiVersion }, { "metadata", new JsonMap { { "creationTimestamp", server.Timestamp } } },
            { "status", new JsonMap { { "userInfo", Describe(request.User) } } },
        }));
    }

    public static JsonMap Describe(UserInfo user)
    {
        var info = new JsonMap { { "username", user.Name } };
        if (user.Uid.Length > 0) info.Add("uid", user.Uid);
        info.Add("groups", JsonList.OfTexts(user.Groups));
        if (user.Extra.Count > 0)
        {
            var extra = new JsonMap();
            foreach (var (key, values) in user.Extra) extra.Add(key, JsonList.OfTexts(values));
            info.Add("extra", extra);
        }
        return info;
    }
}
