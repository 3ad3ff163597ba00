using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>serviceaccounts/token: a bound token on request.</summary>
internal sealed class TokenSubresource(ServiceAccountTokens tokens)
{
    private const long Shortest = 600;
    private const long Longest = 1L << 32;

    public async ValueTask<ApiResponse> Run(ServerContext server, Kind kind, ApiRequest request)
    {
        if (request.Info.Verb != "create") return ApiError.MethodNotAllowed();
        var (ns, name) = (request.Info.Namespace, request.Info.Name);
        var decoded = Body.Object(server, BuiltIn.TokenRequest, request);
        if (decoded.Error is { } bad) return bad;
        var body = decoded.Value;
        if (server.Peek("serviceaccounts", ns, name) is not { } account) return ApiError.NotFound("", "serviceaccounts", name);
        var spec = body.MapOrNew("spec");
        var admission = new AdmissionRequest
        {
            Operation = AdmissionOperation.Create, Kind = kind, Namespace = ns, Name = name, Subresource = "token", Object = body, User = request.User,
            DryRun = request.DryRun, Warnings = request.Warnings, Annotations = request.Annotations,
        };
        if (await server.Admission.Mutate(server, admission) is { } refused) return refused;
        var seconds = spec.Whole("expirationSeconds") ?? 3600;
        if (seconds < Shortest) return Invalid(name, "spec.expirationSeconds", seconds, "may not specify a duration less than 10 minutes");
        if (seconds > Longest) return Invalid(name, "spec.expirationSeconds", seconds, "may not specify a duration larger than 2^32 seconds");
        var audiences = (spec.List("audiences") ?? []).Texts().ToList();
        if (audiences.Count == 0) audiences = [.. tokens.DefaultAudiences];

        ServiceAccountTokens.Bound? bound = null;
        JsonMap? node = null;
        if (spec.Map("boundObjectRef") is { } reference)
        {
            var (boundKind, boundName) = (reference.Text("kind") ?? "", reference.Text("name") ?? "");
            var (collection, scope) = boundKind switch { "Pod" => ("pods", ns), "Secret" => ("secrets", ns), "Node" => ("nodes", ""), _ => ("", "") };
            if (collection.Length == 0) return ApiError.BadRequest($"cannot bind token for serviceaccount \"{name}\" to an object of kind {boundKind}");
            if (server.Peek(collection, scope, boundName) is not { } target) return ApiError.NotFound("", collection, boundName);
            var uid = target.Map("metadata")!.Text("uid")!;
            if (reference.Text("uid") is { Length: > 0 } wanted && wanted != uid)
                return ApiError.Conflict("", collection, boundName, $"the UID in the bound object reference ({wanted}) does not match the UID in record. The object might have been deleted and then recreated");
            if (boundKind == "Pod" && (target.Map("spec")?.Text("serviceAccountName") ?? "default") != name)
                return ApiError.BadRequest($"cannot bind token for serviceaccount \"{name}\" to pod running with different serviceaccount name.");
            bound = new(boundKind, boundName, uid);
            if (boundKind == "Pod" && target.Map("spec")?.Text("nodeName") is { Length: > 0 } nodeName && server.Peek("nodes", "", nodeName) is { } host)
                node = new JsonMap { { "name", nodeName }, { "uid", host.Map("metadata")!["uid"]! } };
        }
        // What admission has every pod ask for is what client libraries of old read once and for all.
        var lasting = bound?.Kind == "Pod" && seconds == ServiceAccountAdmission.TokenSeconds && audiences.SequenceEqual(tokens.DefaultAudiences);
        var (token, expires) = tokens.Issue(ns, account, audiences, TimeSpan.FromSeconds(seconds), bound, node, lasting);
        if (request.Annotations is { } annotations && Jwt.Peek(token)?.Text("jti") is { } id) annotations["authentication.kubernetes.io/issued-credential-id"] = "JTI=" + id;
        spec.Set("audiences", JsonList.OfTexts(audiences));
        spec.Set("expirationSeconds", seconds);
        if (!spec.Has("boundObjectRef")) spec.Set("boundObjectRef", Json.Null);
        body.Set("metadata", new JsonMap { { "name", name }, { "namespace", ns }, { "creationTimestamp", server.Timestamp } });
        body.Set("status", new JsonMap { { "token", token }, { "expirationTimestamp", Times.Seconds(expires) } });
        return ApiResponse.Of(201, body);
    }

    private static ApiError Invalid(string name, string path, Json value, string why) =>
        ApiError.Invalid("authentication.k8s.io", "TokenRequest", name, [FieldError.Invalid(path, value, why)]);
}
