using MiniKube.Machinery;
using MiniKube.Server.Pki;
using MiniKube.Store;

namespace MiniKube.Server.Tests;

/// <summary>The whole server over a store in memory; requests enter where HTTP hands them over.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    public static readonly UserInfo Admin = new("system:admin", [UserInfo.Masters, UserInfo.Authenticated]);

    private readonly StateStore store = StateStore.InMemory(ServerAssembly.Terms);
    private readonly string directory = Directory.CreateTempSubdirectory("minik-test-").FullName;

    private TestServer(TimeProvider time, IReadOnlyDictionary<string, UserInfo> tokens, Oidc.OidcAuthenticator? oidc, AuthenticationFile? authentication, ServerOptions? options)
    {
        Pki = ClusterPki.Open(Path.Combine(directory, "pki"), time, ["localhost"], []);
        Assembly = new ServerAssembly(options ?? Options, store, time, Pki, new Quiet(), tokens, oidc: oidc, authentication: authentication);
    }

    public static ServerOptions Options { get; } = new() { ServiceCidr = "10.96.0.0/16", ClusterDns = "10.96.0.10", BookmarkEvery = TimeSpan.FromMilliseconds(100) };

    /// <summary>Has the store forget what is older than this.</summary>
    public Task Compact(long revision) => store.CompactAsync(revision);

    public ServerAssembly Assembly { get; }
    public ClusterPki Pki { get; }

    public static async Task<TestServer> Start(TimeProvider? time = null, IReadOnlyDictionary<string, UserInfo>? tokens = null, Oidc.OidcAuthenticator? oidc = null, ServerOptions? options = null, AuthenticationFile? authentication = null)
    {
        var server = new TestServer(time ?? TimeProvider.System, tokens ?? new Dictionary<string, UserInfo>(), oidc, authentication, options);
        await server.Assembly.Bootstrap(default);
        foreach (var ns in new[] { "ref", "ref2", "default" })
        {
            if (ns != "default") await server.Send("POST", "/api/v1/namespaces", $$$"""{"metadata":{"name":"{{{ns}}}"}}""");
            await server.Send("POST", $"/api/v1/namespaces/{ns}/serviceaccounts", """{"metadata":{"name":"default"}}""");
        }
        return server;
    }

    public async Task<(int Code, JsonMap Body)> Send(string method, string path, string body = "", string type = "application/json", UserInfo? user = null,
        string accept = "application/json", string agent = "test")
    {
        var response = await Raw(method, path, body, type, user, accept, agent);
        return response switch
        {
            ApiResponse.Bytes bytes => (bytes.Status, JsonReader.Read(bytes.Content.Span) as JsonMap ?? []),
            ApiResponse.Listing listing => (200, JsonReader.ReadMap(listing.Parts().SelectMany(p => p.ToArray()).ToArray())),
            _ => throw new InvalidOperationException($"{method} {path} answered with a {response.GetType().Name}"),
        };
    }

    public async Task<ApiResponse> Raw(string method, string path, string body = "", string type = "application/json", UserInfo? user = null,
        string accept = "application/json", string agent = "test", CancellationToken cancel = default)
    {
        var at = path.IndexOf('?');
        var query = Query.Parse(at < 0 ? "" : path[at..]);
        return await Assembly.Api.Handle(new ApiRequest
        {
            Info = RequestInfo.Of(method, at < 0 ? path : path[..at], query), User = user ?? Admin, Query = query,
            Body = System.Text.Encoding.UTF8.GetBytes(body), ContentType = type, Accept = accept, UserAgent = agent, Cancel = cancel,
        });
    }

    public async ValueTask DisposeAsync()
    {
        await store.DisposeAsync();
        Directory.Delete(directory, recursive: true);
    }

    private sealed class Quiet : ILog
    {
        public void Info(string message) { }
        public void Warn(string message) { }
        public void Error(string message) => TestContext.Error.WriteLine(message);
    }
}
