using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using MiniKube.Machinery;
using MiniKube.Server.Aggregation;
using MiniKube.Server.Fairness;
using MiniKube.Server.OpenApi;
using MiniKube.Server.Streams;

namespace MiniKube.Server;

/// <summary>Everything that is not an object: discovery, schemas, health, version, metrics, keys.</summary>
public sealed class NonResourceRoutes(HealthChecks health, Func<JsonMap> keySet, Func<string> metrics, IReadOnlyDictionary<string, Func<CancellationToken, Task<ApiResponse>>> orders, LogSearch logs, FairnessDump fairness,
    NodeTunnels tunnels, IReadOnlyDictionary<string, Func<ApiResponse>> pages, Func<KindRegistry, Published> everything)
{
    private readonly ConcurrentDictionary<string, (object Of, byte[] Body, string Hash)> documents = new();
    private readonly OpenApiV2 jsonV2 = new(wire: false);
    private readonly OpenApiV2 wireV2 = new(wire: true);

    public async ValueTask<ApiResponse> Dispatch(ServerContext server, ApiRequest request)
    {
        // Not by another spelling of the path: what was authorized is what is done.
        if (orders.TryGetValue(request.Info.Path, out var order)) return request.Info.Verb == "post" ? await order(request.Cancel) : ApiError.MethodNotAllowed();
        if (pages.TryGetValue(request.Info.Path, out var page)) return request.Info.Verb == "get" ? page() : ApiError.MethodNotAllowed();
        return request.Info.Path switch
        {
            LogSearch.Path => logs.Run(server, request),
            NodeTunnels.Path => tunnels.Run(server, request),
            _ => Page(server, request),
        };
    }

    private ApiResponse Page(ServerContext server, ApiRequest request)
    {
        var path = request.Info.Path.Length > 1 ? request.Info.Path.TrimEnd('/') : request.Info.Path;
        if (request.Info.Verb is not ("get" or "head" or "options")) return ApiError.MethodNotAllowed();
        var kinds = server.Kinds;
        var published = everything(kinds);
        switch (path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            case []:
                return Cached(published, "/", () => Index(published));
            case ["api"]:
                return Aggregated(request.Accept) is { } core
                    ? Cached(published, "agg-api-" + core, () => DiscoveryDocuments.AggregatedGroups(published, core: true, core), AggregatedType(core))
                    : Cached(kinds, "/api", () => DiscoveryDocuments.Versions(server.Options));
            case ["apis"]:
                return Aggregated(request.Accept) is { } others
                    ? Cached(published, "agg-apis-" + others, () => DiscoveryDocuments.AggregatedGroups(published, core: false, others), AggregatedType(others))
                    : Cached(published, "/apis", () => DiscoveryDocuments.Groups(published));
            case ["api", var version] when kinds.Groups.Contains(("", version)):
                return Cached(kinds, path, () => DiscoveryDocuments.Resources(kinds, "", version));
            case ["apis", var group] when DiscoveryDocuments.GroupDocument(published, group) is not null:
                return Cached(published, path, () => DiscoveryDocuments.GroupDocument(published, group)!);
            case ["apis", var group, var version] when kinds.Groups.Contains((group, version)):
                return Cached(kinds, path, () => DiscoveryDocuments.Resources(kinds, group, version));
            case ["openapi", "v2"]:
                return request.Accept.Contains("proto-openapi.spec.v2", StringComparison.Ordinal)
                    ? Cached(published, "openapi-v2-wire", () => wireV2.Document(published), "application/com.github.proto-openapi.spec.v2.v1.0+protobuf")
                    : Cached(published, path, () => jsonV2.Document(published), "application/json");
            case ["openapi", "v3"]:
                return Cached(published, path, () => OpenApiIndex(published));
            case ["openapi", "v3", "api", var version] when kinds.Groups.Contains(("", version)):
                return OpenApiV3(kinds, "", version, request.Query);
            case ["openapi", "v3", "apis", var group, var version] when published.Remote.Find(group, version)?.Documents is { OpenApiV3: { } elsewhere }:
                return Hashed(new ApiResponse.Bytes(200, elsewhere) { ETag = $"\"{HashOf(elsewhere)}\"" }, request.Query);
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
    private ApiResponse.Bytes Cached(object of, string key, Func<JsonMap> make, string type = "application/json") =>
        Cached(of, key, () => JsonWriter.ToUtf8(make()), type);

    private ApiResponse.Bytes Cached(object of, string key, Func<byte[]> make, string type)
    {
        if (!documents.TryGetValue(key, out var known) || !ReferenceEquals(known.Of, of)) known = Keep(key, of, make());
        return new ApiResponse.Bytes(200, known.Body, type) { ETag = $"\"{known.Hash}\"" };
    }

    private (object Of, byte[] Body, string Hash) Keep(string key, object of, byte[] body) => documents[key] = (of, body, HashOf(body));

    private static string HashOf(byte[] body) => Convert.ToHexString(SHA512.HashData(body));

    private ApiResponse.Bytes OpenApiV3(KindRegistry kinds, string group, string version, Query query)
    {
        var key = "openapi-v3-" + OpenApiDocuments.V3Path(group, version);
        var own = kinds.In(group, version);
        // The kinds of other groups come and go without changing this one's document.
        if (!documents.TryGetValue(key, out var known) || known.Of is not Kind[] before || !before.AsSpan().SequenceEqual(own))
            known = Keep(key, own, JsonWriter.ToUtf8(OpenApiDocuments.V3(own)));
        return Hashed(new ApiResponse.Bytes(200, known.Body) { ETag = $"\"{known.Hash}\"" }, query);
    }

    /// <summary>A URL that names the right hash may be kept for ever.</summary>
    private static ApiResponse.Bytes Hashed(ApiResponse.Bytes document, Query query) => query["hash"] is { } hash && document.ETag == $"\"{hash}\"" ? document with { Immutable = true } : document;

    private JsonMap OpenApiIndex(Published published)
    {
        var hashes = published.Local.Select(g => (Path: OpenApiDocuments.V3Path(g.Group, g.Version), Hash: OpenApiV3(published.Kinds, g.Group, g.Version, Query.Empty).ETag!.Trim('"')))
            .Concat(published.Remote.All.Where(r => r.Documents?.OpenApiV3 is not null).Select(r => (Path: OpenApiDocuments.V3Path(r.Registered.Group, r.Registered.Version), Hash: HashOf(r.Documents!.OpenApiV3!))));
        var paths = new JsonMap();
        foreach (var (path, hash) in hashes.OrderBy(h => h.Path, StringComparer.Ordinal)) paths.Set(path, new JsonMap { { "serverRelativeURL", $"/openapi/v3/{path}?hash={hash}" } });
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

    private static JsonMap Index(Published published)
    {
        var paths = new SortedSet<string>(StringComparer.Ordinal)
        {
            "/.well-known/openid-configuration", "/api", "/api/v1", "/apis", "/apis/", "/healthz", "/livez", "/readyz", "/metrics",
            "/openapi/v2", "/openapi/v3", "/openid/v1/jwks", "/version",
        };
        foreach (var (group, version) in published.Local.Concat(published.Remote.All.Select(r => (r.Registered.Group, r.Registered.Version))))
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
