using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>subject-, self- and local access reviews: the authorizer asked out loud.</summary>
internal sealed class AccessReviews(Authorizer authorizer)
{
    public ValueTask<ApiResponse> Run(ServerContext server, Kind kind, ApiRequest request)
    {
        if (request.Info.Verb != "create") return ValueTask.FromResult<ApiResponse>(ApiError.MethodNotAllowed());
        var decoded = Body.Object(server, kind, request);
        if (decoded.Error is { } bad) return ValueTask.FromResult<ApiResponse>(bad);
        var review = decoded.Value;
        var spec = review.MapOrNew("spec");
        var self = kind.Name == "SelfSubjectAccessReview";
        var (resource, path) = (spec.Map("resourceAttributes"), spec.Map("nonResourceAttributes"));
        var errors = AccessReviewValidation.Faults(kind, review, spec, self, request.Info.Namespace);
        if (errors.Count > 0) return ValueTask.FromResult<ApiResponse>(ApiError.Invalid(kind.Group, kind.Name, "", errors));

        var user = self ? request.User : new UserInfo(spec.Text("user") ?? "", [.. (spec.List("groups") ?? []).Texts()]) { Uid = spec.Text("uid") ?? "" };
        var asked = resource is not null
            ? new RequestInfo
            {
                Verb = resource.Text("verb") ?? "", Path = "", IsResource = true, Group = resource.Text("group") ?? "", Version = resource.Text("version") ?? "",
                Resource = resource.Text("resource") ?? "", Subresource = resource.Text("subresource") ?? "",
                Namespace = resource.Text("namespace") ?? "", Name = resource.Text("name") ?? "",
                Fields = Narrowed(resource.Map("fieldSelector")),
            }
            : new RequestInfo { Verb = path!.Text("verb") ?? "", Path = path.Text("path") ?? "" };
        var decision = authorizer.Decide(user, asked);
        var status = new JsonMap { { "allowed", decision.Allowed } };
        if (decision.Why.Length > 0) status.Add("reason", decision.Why);
        review.MapOrNew("metadata").Remove("managedFields");
        review.Set("status", status);
        return ValueTask.FromResult(ApiResponse.Of(201, review));
    }

    /// <summary>A selector as text, or as requirements of which those with one value narrow what is asked for.</summary>
    private static FieldSelector Narrowed(JsonMap? selector)
    {
        if (selector?.Text("rawSelector") is { Length: > 0 } raw) return RequestInfo.Narrowed(raw);
        return new([.. (selector?.List("requirements") ?? []).Maps().Where(r => r.Text("operator") == "In" && r.List("values") is [_])
            .Select(r => new FieldRequirement(r.Text("key") ?? "", true, r.List("values")!.Texts().First()))]);
    }
}
