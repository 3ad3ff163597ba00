using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using MiniKube.Machinery;
using MiniKube.Server.Pki;

namespace MiniKube.Server.Tests.Security;

/// <summary>Who may speak for others, and that nobody else can.</summary>
[TestFixture]
public sealed class FrontProxyTests
{
    private readonly SetClock clock = new();
    private TestServer server = null!;

    [SetUp]
    public async Task Start() => server = await TestServer.Start(clock, new Dictionary<string, UserInfo> { ["static-secret"] = new("stan", [UserInfo.Authenticated]) });

    [TearDown]
    public async Task Stop() => await server.DisposeAsync();

    private X509Certificate2 Made(X509Certificate2 authority, string name = FrontProxy.ClientName, bool client = true, DateTimeOffset? born = null) =>
        CertificateMaker.Issue(authority, new CertificateSpec(name) { ForClient = client, ForServer = !client, Life = TimeSpan.FromDays(1) }, born ?? clock.Now);

    /// <summary>What the server takes the sender of these headers for: "NAME|GROUP,...|UID|KEY=VALUE,...", or the code it refuses him with.</summary>
    private async Task<string> Asked(X509Certificate2? certificate, string headers, ConnectionItems? connection = null)
    {
        var http = new DefaultHttpContext();
        if (connection is not null) http.Features.Set<IConnectionItemsFeature>(connection);
        var body = Encoding.ASCII.GetBytes("""{"kind":"SelfSubjectReview","apiVersion":"authentication.k8s.io/v1"}""");
        (http.Request.Method, http.Request.Path, http.Request.ContentType, http.Request.ContentLength) = ("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", "application/json", body.Length);
        http.Request.Body = new MemoryStream(body);
        http.Connection.ClientCertificate = certificate;
        foreach (var header in headers.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var colon = header.IndexOf(':');
            // As the transport keeps them: an empty one is there too.
            http.Request.Headers[header[..colon]] = StringValues.Concat(http.Request.Headers[header[..colon]], new StringValues([header[(colon + 1)..].Trim()]));
        }
        using var answer = new MemoryStream();
        http.Response.Body = answer;
        await server.Assembly.Front.Serve(http);
        Assert.That(http.Request.Headers.Keys.Where(k => k.StartsWith("X-Remote", StringComparison.OrdinalIgnoreCase)), Is.Empty, "nothing behind the door may see them");
        if (http.Response.StatusCode != 201) return $"{http.Response.StatusCode}";
        var user = JsonReader.ReadMap(answer.ToArray()).Map("status")!.Map("userInfo")!;
        var extra = (user.Map("extra") ?? []).Where(e => e.Key != UserInfo.CredentialId).Select(e => $"{e.Key}={string.Join("+", ((JsonList)e.Value).Texts())}");
        return $"{user.Text("username")}|{string.Join(",", user.List("groups")!.Texts())}|{user.Text("uid")}|{string.Join(",", extra.Order(StringComparer.Ordinal))}";
    }

    [TestCase("X-Remote-User: jane", "jane|system:authenticated||")]
    [TestCase("x-remote-user: jane\nX-REMOTE-GROUP: ops\nx-Remote-Group: dev", "jane|ops,dev,system:authenticated||")]
    [TestCase("X-Remote-User: jane\nX-Remote-Group: system:masters", "jane|system:masters,system:authenticated||")]
    [TestCase("X-Remote-User: jane\nX-Remote-Group: system:authenticated\nX-Remote-Group: ops", "jane|system:authenticated,ops||")]
    [TestCase("X-Remote-User: jane\nX-Remote-Group:\nX-Remote-Uid: 7-7", "jane|system:authenticated|7-7|")]
    [TestCase("X-Remote-User: jane\nX-Remote-User: eve", "jane|system:authenticated||")]
    [TestCase("X-Remote-User: jane, eve\nX-Remote-Group: a,b", "jane, eve|a,b,system:authenticated||")]
    [TestCase("X-Remote-User: jane\nX-Remote-Extra-Scopes: a\nx-remote-extra-SCOPES: b\nX-Remote-Extra-acme.com%2fProject: p", "jane|system:authenticated||acme.com/project=p,scopes=a+b")]
    [TestCase("X-Remote-User: system:anonymous\nX-Remote-Group: system:unauthenticated", "401 or system:anonymous|system:unauthenticated||")]
    [TestCase("X-Remote-User: system:serviceaccount:ref:robot", "system:serviceaccount:ref:robot|system:authenticated||")]
    [TestCase("X-Remote-User: jane\nAuthorization: Bearer static-secret", "jane|system:authenticated||")]
    [TestCase("X-Remote-User: jane\nAuthorization: Bearer nonsense", "jane|system:authenticated||")]
    public async Task A_front_proxy_says_who_it_speaks_for(string headers, string user)
    {
        // Who is nobody in particular may not ask who he is.
        if (user.StartsWith("401 or", StringComparison.Ordinal)) user = "403";
        Assert.That(await Asked(server.Pki.FrontProxyClient(), headers), Is.EqualTo(user));
    }

    [TestCase("")]
    [TestCase("X-Remote-User:")]
    [TestCase("X-Remote-User:\nX-Remote-User: jane")]
    [TestCase("X-Remote-Group: system:masters")]
    [TestCase("X-Remote-Uid: 1\nX-Remote-Extra-a: b")]
    [TestCase("X_Remote_User: jane")]
    public async Task A_front_proxy_that_names_nobody_is_nobody(string headers)
    {
        Assert.That(await Asked(server.Pki.FrontProxyClient(), headers), Is.EqualTo("401"));
        Assert.That(await Asked(server.Pki.FrontProxyClient(), headers + "\nAuthorization: Bearer static-secret"), Is.EqualTo("stan|system:authenticated||"), "and goes by what else it shows");
    }

    private const string Smuggled = "X-Remote-User: root\nX-Remote-Group: system:masters\nX-Remote-Uid: 0\nX-Remote-Extra-a: b\nx-rEMOTE-uSER: root";

    [Test]
    public async Task From_anybody_else_the_headers_are_nothing()
    {
        Assert.Multiple(async () =>
        {
            Assert.That(await Asked(null, Smuggled), Is.EqualTo("403"), "nobody stays nobody");
            Assert.That(await Asked(null, Smuggled + "\nAuthorization: Bearer static-secret"), Is.EqualTo("stan|system:authenticated||"));
            Assert.That(await Asked(null, Smuggled + "\nAuthorization: Bearer nonsense"), Is.EqualTo("401"));
            Assert.That(await Asked(Made(server.Pki.Authority, "cleo"), Smuggled), Is.EqualTo("cleo|system:authenticated||"));
            Assert.That(await Asked(Made(server.Pki.Authority), Smuggled), Is.EqualTo("front-proxy-client|system:authenticated||"), "the name alone is worth nothing: it is the other authority that counts");
            Assert.That(await Asked(server.Pki.Client("admin", "system:admin", UserInfo.Masters), Smuggled), Is.EqualTo("system:admin|system:masters,system:authenticated||"));
        });
    }

    [Test]
    public async Task A_certificate_with_anything_wrong_speaks_for_nobody()
    {
        var (proxies, now) = (server.Pki.FrontProxyAuthority, clock.Now);
        Assert.That(await Asked(Made(proxies), Smuggled), Is.EqualTo("root|system:masters,system:authenticated|0|a=b"), "the good one of the same making");
        Assert.Multiple(async () =>
        {
            Assert.That(await Asked(Made(proxies, "other"), Smuggled), Is.EqualTo("401"), "name");
            Assert.That(await Asked(Made(proxies, "Front-Proxy-Client"), Smuggled), Is.EqualTo("401"), "case of the name");
            Assert.That(await Asked(Made(proxies, client: false), Smuggled), Is.EqualTo("401"), "for servers");
            Assert.That(await Asked(Made(proxies, born: now.AddDays(-3)), Smuggled), Is.EqualTo("401"), "expired");
            Assert.That(await Asked(Made(proxies, born: now.AddDays(3)), Smuggled), Is.EqualTo("401"), "not yet");
            Assert.That(await Asked(Made(CertificateMaker.Authority("minik-front-proxy-ca", now)), Smuggled), Is.EqualTo("401"), "an authority of the same name");
            Assert.That(await Asked(CertificateMaker.Authority(FrontProxy.ClientName, now), Smuggled), Is.EqualTo("401"), "signed by itself");
        });
    }

    [Test]
    public async Task On_one_connection_each_request_is_who_it_says()
    {
        var (connection, proxy) = (new ConnectionItems(), server.Pki.FrontProxyClient());
        Assert.That(await Asked(proxy, "X-Remote-User: jane", connection), Does.StartWith("jane|"));
        Assert.That(await Asked(proxy, "X-Remote-User: joe", connection), Does.StartWith("joe|"));
        Assert.That(await Asked(proxy, "", connection), Is.EqualTo("401"));
        clock.Now += TimeSpan.FromDays(400);
        Assert.That(await Asked(proxy, "X-Remote-User: jane", connection), Is.EqualTo("401"), "the certificate's time is over");
    }

    [Test]
    public async Task With_another_authority_the_former_counts_until_the_end_of_the_transition()
    {
        var (connection, before) = (new ConnectionItems(), server.Pki.FrontProxyClient());
        Assert.That(await Asked(before, "X-Remote-User: jane", connection), Does.StartWith("jane|"));
        server.Pki.ReplaceAuthority();
        Assert.That(server.Pki.FrontProxyClient().Issuer, Is.EqualTo(server.Pki.FrontProxyAuthority.Subject).And.Not.EqualTo(before.Issuer));
        Assert.That(await Asked(before, "X-Remote-User: jane", connection), Does.StartWith("jane|"));
        Assert.That(await Asked(server.Pki.FrontProxyClient(), "X-Remote-User: jane"), Does.StartWith("jane|"));
        server.Pki.ForgetFormerAuthorities();
        Assert.That(await Asked(before, "X-Remote-User: jane", connection), Is.EqualTo("401"));
        Assert.That(await Asked(server.Pki.FrontProxyClient(), "X-Remote-User: jane"), Does.StartWith("jane|"));
    }

    [Test]
    public async Task Who_is_spoken_for_has_his_own_rights_and_no_more()
    {
        async Task<int> List(string headers)
        {
            var http = new DefaultHttpContext();
            (http.Request.Method, http.Request.Path, http.Connection.ClientCertificate) = ("GET", "/api/v1/secrets", server.Pki.FrontProxyClient());
            foreach (var header in headers.Split('\n')) http.Request.Headers.Append(header.Split(": ")[0], header.Split(": ")[1]);
            http.Response.Body = new MemoryStream();
            await server.Assembly.Front.Serve(http);
            return http.Response.StatusCode;
        }
        Assert.That(await List("X-Remote-User: jane"), Is.EqualTo(403));
        Assert.That(await List("X-Remote-User: jane\nX-Remote-Group: system:masters"), Is.EqualTo(200));
        Assert.That(await List("X-Remote-User: jane\nImpersonate-User: system:admin\nImpersonate-Group: system:masters"), Is.EqualTo(403));
    }

    [Test]
    public async Task What_others_need_to_know_is_published_and_follows_the_authorities()
    {
        const string path = "/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication";
        async Task<JsonMap> Data() => (await server.Send("GET", path)).Body.Map("data")!;
        var data = await Data();
        Assert.Multiple(() =>
        {
            Assert.That(data.Text("requestheader-allowed-names"), Is.EqualTo("""["front-proxy-client"]"""));
            Assert.That(data.Text("requestheader-username-headers"), Is.EqualTo("""["X-Remote-User"]"""));
            Assert.That(data.Text("requestheader-group-headers"), Is.EqualTo("""["X-Remote-Group"]"""));
            Assert.That(data.Text("requestheader-uid-headers"), Is.EqualTo("""["X-Remote-Uid"]"""));
            Assert.That(data.Text("requestheader-extra-headers-prefix"), Is.EqualTo("""["X-Remote-Extra-"]"""));
            Assert.That(Subjects(data, "client-ca-file"), Is.EqualTo(new[] { server.Pki.Authority.Subject }));
            Assert.That(Subjects(data, "requestheader-client-ca-file"), Is.EqualTo(new[] { server.Pki.FrontProxyAuthority.Subject }));
        });
        server.Pki.ReplaceAuthority();
        await server.Assembly.PublishAuthorities(default);
        data = await Data();
        Assert.That(Subjects(data, "client-ca-file"), Is.EqualTo(server.Pki.Trusted.Select(c => c.Subject)).And.Length.EqualTo(2));
        Assert.That(Subjects(data, "requestheader-client-ca-file"), Is.EqualTo(server.Pki.TrustedForProxies.Select(c => c.Subject)).And.Length.EqualTo(2));
        server.Pki.ForgetFormerAuthorities();
        await server.Assembly.PublishAuthorities(default);
        Assert.That(Subjects(await Data(), "requestheader-client-ca-file"), Has.Length.EqualTo(1));

        await server.Send("PATCH", path, """{"data":{"requestheader-allowed-names":"[\"eve\"]","own":"kept"}}""", "application/merge-patch+json");
        await server.Assembly.PublishAuthorities(default);
        Assert.That(((await Data()).Text("requestheader-allowed-names"), (await Data()).Text("own")), Is.EqualTo(("""["front-proxy-client"]""", "kept")));
        var written = (await server.Send("GET", path)).Body.Map("metadata")!.Text("resourceVersion");
        await server.Assembly.PublishAuthorities(default);
        Assert.That((await server.Send("GET", path)).Body.Map("metadata")!.Text("resourceVersion"), Is.EqualTo(written), "what is right is not written again");
        await server.Send("DELETE", path);
        await server.Assembly.PublishAuthorities(default);
        Assert.That((await Data()).Text("requestheader-username-headers"), Is.Not.Null);

        static string[] Subjects(JsonMap data, string key)
        {
            var all = new X509Certificate2Collection();
            all.ImportFromPem(data.Text(key));
            return [.. all.Select(c => c.Subject)];
        }
    }

    [Test]
    public async Task Only_the_reader_role_may_read_it_and_only_it()
    {
        const string of = "/api/v1/namespaces/kube-system/configmaps/";
        var scheduler = new UserInfo("system:kube-scheduler", [UserInfo.Authenticated]);
        var jane = new UserInfo("jane", [UserInfo.Authenticated]);
        Assert.That((await server.Send("GET", of + "extension-apiserver-authentication", user: scheduler)).Code, Is.EqualTo(200));
        Assert.That((await server.Send("GET", of + "other", user: scheduler)).Code, Is.EqualTo(403));
        Assert.That((await server.Send("GET", of + "extension-apiserver-authentication", user: jane)).Code, Is.EqualTo(403));
    }

    private sealed class ConnectionItems : IConnectionItemsFeature
    {
        public IDictionary<object, object?> Items { get; set; } = new Dictionary<object, object?>();
    }
}
