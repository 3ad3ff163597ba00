using System.Security.Cryptography;
using System.Text;
using MiniKube.Machinery;
using MiniKube.Server.Oidc;

namespace MiniKube.Server.Tests.Security;

/// <summary>A server that believes in every kind of credential, with an account and an issuer to get them from.</summary>
internal sealed class CredentialScene : IAsyncDisposable
{
    public const string StaticToken = "static-secret";

    private CredentialScene(TestIssuer issuer) => Issuer = issuer;

    public SetClock Clock { get; } = new();
    public TestIssuer Issuer { get; }
    public RSA IssuerKey { get; } = RSA.Create(2048);
    public OidcAuthenticator Oidc { get; private set; } = null!;
    public TestServer Server { get; private set; } = null!;

    public static async Task<CredentialScene> Start()
    {
        var scene = new CredentialScene(await TestIssuer.Start());
        scene.Issuer.Add("one", scene.IssuerKey);
        scene.Oidc = new(new OidcOptions(scene.Issuer.Url, "minik") { CaFile = scene.Issuer.CaFile }, scene.Clock, new Quiet());
        scene.Server = await TestServer.Start(scene.Clock, new Dictionary<string, UserInfo> { [StaticToken] = new("stan", [UserInfo.Authenticated]) }, scene.Oidc);
        await scene.Post("/api/v1/namespaces/ref/serviceaccounts", """{"metadata":{"name":"robot"}}""");
        return scene;
    }

    public async Task<JsonMap> Post(string path, string body)
    {
        var (code, answer) = await Server.Send("POST", path, body);
        Assert.That(code, Is.EqualTo(201), answer.ToString());
        return answer;
    }

    public async Task<JsonMap> Get(string path) => (await Server.Send("GET", path)).Body;

    public async Task Delete(string path) => Assert.That((await Server.Send("DELETE", path)).Code, Is.EqualTo(200));

    /// <summary>A Secret with these texts as its data.</summary>
    public Task Secret(string ns, string name, string type, IReadOnlyDictionary<string, string> data, JsonMap? annotations = null)
    {
        var encoded = new JsonMap();
        foreach (var (key, value) in data) encoded.Add(key, Convert.ToBase64String(Encoding.UTF8.GetBytes(value)));
        var metadata = new JsonMap { { "name", name }, { "annotations", annotations ?? [] } };
        return Post($"/api/v1/namespaces/{ns}/secrets", new JsonMap { { "metadata", metadata }, { "type", type }, { "data", encoded } }.ToString());
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        Oidc.Dispose();
        await Issuer.DisposeAsync();
        IssuerKey.Dispose();
    }

    private sealed class Quiet : ILog
    {
        public void Info(string message) { }
        public void Warn(string message) { }
        public void Error(string message) => TestContext.Error.WriteLine(message);
    }
}
