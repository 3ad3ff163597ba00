using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using MiniKube.Machinery;
using MiniKube.Server.Fairness;
using MiniKube.Server.OpenApi;
using MiniKube.Server.Streams;

namespace MiniKube.Server;

/// <summary>Everything that is not an object: discovery, schemas, health, version, metrics, keys.</summary>
public sealed class NonResourceRoutes(HealthChecks health, Func<JsonMap> keySet, Func<string> metrics, IReadOnlyDictionary<string, Func<CancellationToken, Task<ApiResponse>>> orders, LogSearch logs, FairnessDump fairness)
{
    private readonly ConcurrentDictionary<string, (object Of, byte[] Body, string Hash)> documents = new();
    private readonly OpenApiV2 jsonV2 = new(wire: false);
    private readonly OpenApiV2 wireV2 = new(wire: true);

    public async ValueTask<ApiResponse> Dispatch(ServerContext server, ApiRequest request)
    {
        // Not by another spelling of the path: what was authorized is what is done.
        if (orders.TryGetValue(request.Info.Path, out var order)) return request.Info.Verb == "post" ? await order(request.Cancel) : ApiError.MethodNotAllowed();
        return request.Info.Path == LogSearch.Path ? logs.Run(server, request) : Page(server, request);
    }

    private ApiResponse Page(ServerContext server, ApiRequest request)
    {
        var path = request.Info.Path.Length > 1 ? request.Info.Path.TrimEnd('/') : request.Info.Path;
        if (request.Info.Verb is not ("get" or "head" or "options")) return ApiError.MethodNotAllowed();
        var kinds = server.Kinds;
        switch (path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            case []:
                return Cached(kinds, "/", () => Index(kinds));
            case ["api"]:
                return Aggregated(request.Accept) is { } core
                    ? Cached(kinds, "agg-api-" + core, () => DiscoveryDocuments.AggregatedGroups(kinds, core: true, core), AggregatedType(core))
                    : Cached(kinds, "/api", () => DiscoveryDocuments.Versions(server.Options));
            case ["apis"]:
                return Aggregated(request.Accept) is { } others
                    ? Cached(kinds, "agg-apis-" + others, () => DiscoveryDocuments.AggregatedGroups(kinds, core: false, others), AggregatedType(others))
                    : Cached(kinds, "/apis", () => DiscoveryDocuments.Groups(kinds));
            case ["api", var version] when kinds.Groups.Contains(("", version)):
                return Cached(kinds, path, () => DiscoveryDocuments.Resources(kinds, "", version));
            case ["apis", var group] when DiscoveryDocuments.GroupDocument(kinds, group) is not null:
                return Cached(kinds, path, () => DiscoveryDocuments.GroupDocument(kinds, group)!);
            case ["apis", var group, var version] when kinds.Groups.Contains((group, version)):
                return Cached(kinds, path, () => DiscoveryDocuments.Resources(kinds, group, version));
            case ["openapi", "v2"]:
                return request.Accept.Contains("proto-openapi.spec.v2", StringComparison.Ordinal)
                    ? Cached(kinds, "openapi-v2-wire", () => wireV2.Document(kinds), "application/com.github.proto-openapi.spec.v2.v1.0+protobuf")
                    : Cached(kinds, path, () => jsonV2.Document(kinds), "application/json");
            case ["openapi", "v3"]:
                return Cached(kinds, path, () => OpenApiIndex(kinds));
            case ["openapi", "v3", "api", var version] when kinds.Groups.Contains(("", version)):
                return OpenApiV3(kinds, "", version, request.Query);
            case ["openapi", "v3", "apis", var group, var version] when kinds.Groups.Contains((group, version)):
                return OpenApiV3(kinds, group, version, request.Query);
            case ["version"]:
                return ApiResponse.Of(200, Version());
            case ["healthz" or "livez" or "readyz", ..]:
                return health.Answer(path, request.Query);
            case ["metrics"]:
                return new ApiResponse.Bytes(200, System.Text.Encoding.UTF8.GetBytes(metrics()), "text/plain; version=0.0.4; charset=utf-8");
            case ["debug", "api_priority_and_fairness", var page] when FairnessDump.Pages.Contains(page):
                return ApiResponse.Text(200, fairness.Write(page, request.Query));
            case [".well-known", "openid-configuration"]:
                return ApiResponse.Of(200, new JsonMap
                {
                    { "issuer", server.Options.ServiceAccountIssuer }, { "jwks_uri", $"https://{server.Options.AdvertiseAddress}:{server.Options.HttpsPort}/openid/v1/jwks" },
                    { "response_types_supported", JsonList.OfTexts(["id_token"]) }, { "subject_types_supported", JsonList.OfTexts(["public"]) },
                    { "id_token_signing_alg_values_supported", JsonList.OfTexts(["ES256"]) },
                });
            case ["openid", "v1", "jwks"]:
                return new ApiResponse.Bytes(200, JsonWriter.ToUtf8(keySet()), "application/jwk-set+json");
            default:
                return ApiResponse.Text(404, "404 page not found\n");
        }
    }

    /// <summary>A document made once per set of kinds, with its hash as ETag.</summary>
    private ApiResponse.Bytes Cached(KindRegistry kinds, string key, Func<JsonMap> make, string type = "application/json") =>
        Cached(kinds, key, () => JsonWriter.ToUtf8(make()), type);

    private ApiResponse.Bytes Cached(KindRegistry kinds, string key, Func<byte[]> make, string type)
    {
        if (!documents.TryGetValue(key, out var known) || !ReferenceEquals(known.Of, kinds)) known = Keep(key, kinds, make());
        return new ApiResponse.Bytes(200, known.Body, type) { ETag = $"\"{known.Hash}\"" };
    }

    private (object Of, byte[] Body, string Hash) Keep(string key, object of, byte[] body) => documents[key] = (of, body, Convert.ToHexString(SHA512.HashData(body)));

    private ApiResponse.Bytes OpenApiV3(KindRegistry kinds, string group, string version, Query query)
    {
        var key = "openapi-v3-" + OpenApiDocuments.V3Path(group, version);
        var own = kinds.In(group, version);
        // The kinds of other groups come and go without changing this one's document.
        if (!documents.TryGetValue(key, out var known) || known.Of is not Kind[] before || !before.AsSpan().SequenceEqual(own))
            known = Keep(key, own, JsonWriter.ToUtf8(OpenApiDocuments.V3(own)));
        var document = new ApiResponse.Bytes(200, known.Body) { ETag = $"\"{known.Hash}\"" };
        // A URL that names the right hash may be kept for ever.
        return query["hash"] is { } hash && document.ETag == $"\"{hash}\"" ? document with { Immutable = true } : document;
    }

    private JsonMap OpenApiIndex(KindRegistry kinds)
    {
        var paths = new JsonMap();
        foreach (var (group, version) in kinds.Groups.OrderBy(g => OpenApiDocuments.V3Path(g.Group, g.Version), StringComparer.Ordinal))
        {
            var hash = OpenApiV3(kinds, group, version, Query.Empty).ETag!.Trim('"');
            var path = OpenApiDocuments.V3Path(group, version);
            paths.Set(path, new JsonMap { { "serverRelativeURL", $"/openapi/v3/{path}?hash={hash}" } });
        }
        return new JsonMap { { "paths", paths } };
    }

    private static string? Aggregated(string accept)
    {
        foreach (var range in accept.Split(','))
        {
            if (!range.Contains("as=APIGroupDiscoveryList", StringComparison.Ordinal) || !range.Contains("g=apidiscovery.k8s.io", StringComparison.Ordinal)) continue;
            if (!range.TrimStart().StartsWith("application/json", StringComparison.Ordinal)) continue;
            if (range.Contains("v=v2beta1", StringComparison.Ordinal)) return "v2beta1";
            if (range.Contains("v=v2", StringComparison.Ordinal)) return "v2";
        }
        return null;
    }

    private static string AggregatedType(string version) => $"application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList";

    private static JsonMap Index(KindRegistry kinds)
    {
        var paths = new SortedSet<string>(StringComparer.Ordinal)
        {
            "/.well-known/openid-configuration", "/api", "/api/v1", "/apis", "/apis/", "/healthz", "/livez", "/readyz", "/metrics",
            "/openapi/v2", "/openapi/v3", "/openid/v1/jwks", "/version",
        };
        foreach (var (group, version) in kinds.Groups)
        {
            if (group.Length == 0) continue;
            paths.Add($"/apis/{group}");
            paths.Add($"/apis/{group}/{version}");
        }
        return new JsonMap { { "paths", JsonList.OfTexts(paths) } };
    }

    private static JsonMap Version() => new()
    {
        { "major", "1" }, { "minor", "36" }, { "emulationMajor", "1" }, { "emulationMinor", "36" }, { "minCompatibilityMajor", "1" }, { "minCompatibilityMinor", "35" },
        { "gitVersion", $"v1.36.2+minik.{typeof(NonResourceRoutes).Assembly.GetName().Version?.ToString(3)}" }, { "gitCommit", "" }, { "gitTreeState", "clean" },
        { "buildDate", "1970-01-01T00:00:00Z" }, { "goVersion", $"dotnet{Environment.Version}" }, { "compiler", "roslyn" },
        { "platform", RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "linux/arm64" : "linux/amd64" },
    };
}
