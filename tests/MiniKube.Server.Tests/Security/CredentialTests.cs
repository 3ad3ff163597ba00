using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using MiniKube.Machinery;
using MiniKube.Server.Pki;
using MiniKube.TestKit;

namespace MiniKube.Server.Tests.Security;

/// <summary>Every kind of credential, good and bad in every way we know of.</summary>
[TestFixture]
public sealed class CredentialTests
{
    private const string Account = "/api/v1/namespaces/ref/serviceaccounts/robot";

    private readonly SetClock clock = new();
    private TestServer server = null!;

    [SetUp]
    public async Task Start()
    {
        server = await TestServer.Start(clock, new Dictionary<string, UserInfo> { ["static-secret"] = new("stan", ["ops", UserInfo.Authenticated]) });
        await server.Send("POST", "/api/v1/namespaces/ref/serviceaccounts", """{"metadata":{"name":"robot"}}""");
    }

    [TearDown]
    public async Task Stop() => await server.DisposeAsync();

    private string? Who(string token) => server.Assembly.Authenticator.Identify(null, "Bearer " + token)?.Name;

    private async Task<string> Token(string spec = "{}")
    {
        var (code, body) = await server.Send("POST", Account + "/token", $$"""{"kind":"TokenRequest","apiVersion":"authentication.k8s.io/v1","spec":{{spec}}}""");
        Assert.That(code, Is.EqualTo(201), body.ToString());
        return body.Map("status")!.Text("token")!;
    }

    [Test]
    public async Task A_bound_token_speaks_for_its_account() => Assert.That(Who(await Token()), Is.EqualTo("system:serviceaccount:ref:robot"));

    [Test]
    public async Task A_bound_token_ends_at_its_second()
    {
        var token = await Token("""{"expirationSeconds":600}""");
        clock.Now += TimeSpan.FromSeconds(599);
        Assert.That(Who(token), Is.Not.Null);
        clock.Now += TimeSpan.FromSeconds(1);
        Assert.That(Who(token), Is.Null);
    }

    /// <summary>Client libraries of old read their token once: the one that every pod has is good for a year, and is said to be for an hour.</summary>
    [TestCase(3607, "Pod", "[]", 365.0)]
    [TestCase(3608, "Pod", "[]", 3608 / 86400.0)]
    [TestCase(3607, "Pod", "[\"vault\"]", 3607 / 86400.0)]
    [TestCase(3607, "Secret", "[]", 3607 / 86400.0)]
    public async Task The_token_of_a_pod_lasts_longer_than_it_says(int seconds, string kind, string audiences, double days)
    {
        await server.Send("POST", "/api/v1/namespaces/ref/secrets", """{"metadata":{"name":"held"}}""");
        await server.Send("POST", "/api/v1/namespaces/ref/pods", """{"metadata":{"name":"held"},"spec":{"serviceAccountName":"robot","containers":[{"name":"c","image":"i"}]}}""");
        var (code, body) = await server.Send("POST", Account + "/token",
            $$$"""{"spec":{"audiences":{{{audiences}}},"expirationSeconds":{{{seconds}}},"boundObjectRef":{"kind":"{{{kind}}}","apiVersion":"v1","name":"held"} } }""");
        Assert.That(code, Is.EqualTo(201), body.ToString());
        var claims = Jwt.Peek(body.Map("status")!.Text("token")!)!;
        var said = DateTimeOffset.Parse(body.Map("status")!.Text("expirationTimestamp")!, System.Globalization.CultureInfo.InvariantCulture).ToUnixTimeSeconds();
        Assert.Multiple(() =>
        {
            Assert.That(claims.Whole("exp") - claims.Whole("iat"), Is.EqualTo((long)Math.Round(days * 86400)));
            Assert.That(said - claims.Whole("iat"), Is.EqualTo(seconds));
            Assert.That(claims.Map("kubernetes.io")!.Whole("warnafter"), days > 300 ? Is.EqualTo(said) : Is.Null);
        });
    }

    [Test]
    public async Task A_token_for_others_is_not_for_us()
    {
        var token = await Token("""{"audiences":["vault"]}""");
        var (_, review) = await Review(token, """["vault"]""");
        Assert.Multiple(() =>
        {
            Assert.That(Who(token), Is.Null);
            Assert.That(review.Bool("authenticated"), Is.True);
            Assert.That(review.List("audiences")!.Texts(), Is.EqualTo(new[] { "vault" }));
        });
    }

    [Test]
    public async Task A_review_for_audiences_the_token_is_not_meant_for_says_no()
    {
        var (_, bound) = await Review(await Token(), """["vault"]""");
        var (_, known) = await Review("static-secret", """["vault"]""");
        Assert.That((bound.Bool("authenticated") ?? false, known.Bool("authenticated") ?? false), Is.EqualTo((false, false)));
    }

    [Test]
    public async Task A_review_recognizes_every_token_that_is_meant_for_us()
    {
        var (_, review) = await Review("static-secret", $"""["{server.Assembly.Tokens.Issuer}"]""");
        Assert.That(review.Map("user")?.Text("username"), Is.EqualTo("stan"));
    }

    private async Task<(int, JsonMap)> Review(string token, string audiences)
    {
        var (code, body) = await server.Send("POST", "/apis/authentication.k8s.io/v1/tokenreviews",
            $$$"""{"kind":"TokenReview","apiVersion":"authentication.k8s.io/v1","spec":{"token":"{{{token}}}","audiences":{{{audiences}}}}}""");
        return (code, body.Map("status")!);
    }

    [TestCase("none")]
    [TestCase("None")]
    [TestCase("HS256")]
    [TestCase("ES384")]
    public async Task Another_algorithm_is_no_algorithm(string algorithm)
    {
        var parts = (await Token()).Split('.');
        var head = Text($$"""{"alg":"{{algorithm}}","kid":"{{Jwt.KeyId(server.Pki.ServiceAccountKey)}}","typ":"JWT"}""");
        // Key confusion: the public key as the secret of a MAC.
        var mac = Encode(HMACSHA256.HashData(server.Pki.ServiceAccountKey.ExportSubjectPublicKeyInfo(), Encoding.ASCII.GetBytes($"{head}.{parts[1]}")));
        Assert.Multiple(() =>
        {
            Assert.That(Who($"{head}.{parts[1]}."), Is.Null);
            Assert.That(Who($"{head}.{parts[1]}.{mac}"), Is.Null);
            Assert.That(Who($"{head}.{parts[1]}.{parts[2]}"), Is.Null);
        });
    }

    [Test]
    public async Task An_altered_payload_is_refused()
    {
        var parts = (await Token()).Split('.');
        var claims = Encoding.UTF8.GetString(System.Buffers.Text.Base64Url.DecodeFromChars(parts[1]));
        Assert.That(Who($"{parts[0]}.{Text(claims.Replace("robot", "admin", StringComparison.Ordinal))}.{parts[2]}"), Is.Null);
    }

    [Test]
    public async Task Another_key_or_issuer_is_refused()
    {
        var claims = Jwt.Peek(await Token())!;
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var foreign = Jwt.Sign(claims, other, Jwt.KeyId(server.Pki.ServiceAccountKey));
        claims.Set("iss", "https://elsewhere");
        var wrongIssuer = Jwt.Sign(claims, server.Pki.ServiceAccountKey, Jwt.KeyId(server.Pki.ServiceAccountKey));
        Assert.That((Who(foreign), Who(wrongIssuer)), Is.EqualTo(((string?)null, (string?)null)));
    }

    [TestCase("a.b.c")]
    [TestCase("..")]
    [TestCase("e30.e30.e30")]
    [TestCase("W10.W10.W10")]
    [TestCase("\u00e9\u00e9.x.y")]
    [TestCase("nonsense")]
    [TestCase("abcdef.0123456789abcdef")]
    public void Nonsense_is_refused_and_breaks_nothing(string token) => Assert.That(Who(token), Is.Null);

    [Test]
    public async Task A_token_dies_with_its_account_even_if_one_of_that_name_comes_back()
    {
        var token = await Token();
        Assert.That(Who(token), Is.Not.Null);
        await server.Send("DELETE", Account);
        await server.Send("POST", "/api/v1/namespaces/ref/serviceaccounts", """{"metadata":{"name":"robot"}}""");
        Assert.That(Who(token), Is.Null);
    }

    [Test]
    public async Task A_token_dies_with_the_secret_it_is_bound_to()
    {
        await server.Send("POST", "/api/v1/namespaces/ref/secrets", """{"metadata":{"name":"tie"}}""");
        var token = await Token("""{"boundObjectRef":{"kind":"Secret","apiVersion":"v1","name":"tie"}}""");
        Assert.That(Who(token), Is.Not.Null);
        await server.Send("DELETE", "/api/v1/namespaces/ref/secrets/tie");
        Assert.That(Who(token), Is.Null);
    }

    [Test]
    public async Task A_token_outlives_the_deletion_of_its_pod_by_a_minute_at_most()
    {
        await server.Send("POST", "/api/v1/namespaces/ref/pods",
            """{"metadata":{"name":"p","finalizers":["example.com/wait"]},"spec":{"serviceAccountName":"robot","containers":[{"name":"c","image":"i"}]}}""");
        var token = await Token("""{"boundObjectRef":{"kind":"Pod","apiVersion":"v1","name":"p"}}""");
        await server.Send("DELETE", "/api/v1/namespaces/ref/pods/p?gracePeriodSeconds=0");
        Assert.That(Who(token), Is.EqualTo("system:serviceaccount:ref:robot"));
        clock.Now += TimeSpan.FromSeconds(120);
        Assert.That(Who(token), Is.Null);
    }

    [Test]
    public async Task A_legacy_token_lives_as_long_as_its_secret()
    {
        var (_, account) = await server.Send("GET", Account);
        var token = server.Assembly.Tokens.IssueLegacy("ref", account, "old");
        Assert.That(Who(token), Is.Null);
        await server.Send("POST", "/api/v1/namespaces/ref/secrets", $$$"""
            {"metadata":{"name":"old","annotations":{"kubernetes.io/service-account.name":"robot"}},"type":"kubernetes.io/service-account-token",
             "data":{"token":"{{{Convert.ToBase64String(Encoding.ASCII.GetBytes(token))}}}"}}
            """);
        Assert.That(Who(token), Is.EqualTo("system:serviceaccount:ref:robot"));
        const string secret = "/api/v1/namespaces/ref/secrets/old";
        async Task<string?> LastUsed() => (await server.Send("GET", secret)).Body.Map("metadata")!.Map("labels")?.Text("kubernetes.io/legacy-token-last-used");
        foreach (var days in new[] { 0, 1 })
        {
            clock.Now += TimeSpan.FromDays(days);
            Assert.That(Who(token), Is.Not.Null);
            await Until.True(async () => await LastUsed() == clock.Now.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture));
        }
        await server.Send("PATCH", secret, """{"metadata":{"labels":{"kubernetes.io/legacy-token-invalid-since":"2026-01-01"}}}""", "application/merge-patch+json");
        Assert.That(Who(token), Is.Null, "marked as not to be believed");
        await server.Send("PATCH", secret, """{"metadata":{"labels":{"kubernetes.io/legacy-token-invalid-since":null}}}""", "application/merge-patch+json");
        Assert.That(Who(token), Is.Not.Null);
        await server.Send("DELETE", secret);
        Assert.That(Who(token), Is.Null);
    }

    [Test]
    public void A_static_token_is_known_and_its_neighbours_are_not() =>
        Assert.That((Who("static-secret"), Who("static-secre"), Who("STATIC-SECRET")), Is.EqualTo(("stan", (string?)null, (string?)null)));

    [TestCase("", ExpectedResult = "system:bootstrap:abcdef")]
    [TestCase("token-secret=ffffffffffffffff", ExpectedResult = null)]
    [TestCase("token-id=abcdee", ExpectedResult = null)]
    [TestCase("usage-bootstrap-authentication=false", ExpectedResult = null)]
    [TestCase("expiration=2026-01-02T03:04:06Z", ExpectedResult = "system:bootstrap:abcdef")]
    [TestCase("expiration=2026-01-02T03:04:05Z", ExpectedResult = null)]
    [TestCase("expiration=sometime", ExpectedResult = null)]
    [TestCase("auth-extra-groups=system:bootstrappers:edge", ExpectedResult = "system:bootstrap:abcdef")]
    [TestCase("auth-extra-groups=system:masters", ExpectedResult = null)]
    [TestCase("auth-extra-groups=system:bootstrappers:edge,system:masters", ExpectedResult = null)]
    public async Task<string?> A_bootstrap_token_is_what_its_secret_says(string change)
    {
        var data = new Dictionary<string, string>
        {
            ["token-id"] = "abcdef", ["token-secret"] = "0123456789abcdef", ["usage-bootstrap-authentication"] = "true",
        };
        if (change.Split('=') is [var key, var value]) data[key] = value;
        var encoded = string.Join(",", data.Select(d => $"\"{d.Key}\":\"{Convert.ToBase64String(Encoding.UTF8.GetBytes(d.Value))}\""));
        await server.Send("POST", "/api/v1/namespaces/kube-system/secrets",
            $$$"""{"metadata":{"name":"bootstrap-token-abcdef"},"type":"bootstrap.kubernetes.io/token","data":{{{{encoded}}}}}""");
        return Who("abcdef.0123456789abcdef");
    }

    [Test]
    public void A_client_certificate_counts_if_it_is_ours_in_time_and_meant_for_clients()
    {
        X509Certificate2 Of(X509Certificate2 authority, bool client) =>
            CertificateMaker.Issue(authority, new CertificateSpec("cleo") { Organizations = ["ops"], ForClient = client, ForServer = !client, Life = TimeSpan.FromDays(1) }, clock.Now);
        string? Named(X509Certificate2 c) => server.Assembly.Authenticator.Identify(c, null)?.Name;
        var good = Of(server.Pki.Authority, client: true);
        var user = server.Assembly.Authenticator.Identify(good, null);
        Assert.Multiple(() =>
        {
            Assert.That(user?.Groups, Is.EqualTo(new[] { "ops", UserInfo.Authenticated }));
            Assert.That(Named(Of(server.Pki.Authority, client: false)), Is.Null);
            Assert.That(Named(Of(server.Pki.FrontProxyAuthority, client: true)), Is.Null);
            Assert.That(Named(Of(CertificateMaker.Authority("minik-ca", clock.Now), client: true)), Is.Null);
            Assert.That(server.Assembly.Authenticator.Identify(good, "Bearer static-secret")?.Name, Is.EqualTo("cleo"));
            Assert.That(server.Assembly.Authenticator.Identify(null, "Basic c3Rhbg==")?.Name, Is.EqualTo("system:anonymous"));
        });
        clock.Now += TimeSpan.FromDays(2);
        Assert.That(Named(good), Is.Null);
        clock.Now -= TimeSpan.FromDays(4);
        Assert.That(Named(good), Is.Null);
    }

    [Test]
    public async Task A_certificate_counts_no_longer_than_it_lasts_however_long_the_connection_does()
    {
        var certificate = CertificateMaker.Issue(server.Pki.Authority, new CertificateSpec("cleo") { Organizations = [UserInfo.Masters], ForClient = true, Life = TimeSpan.FromDays(1) }, clock.Now);
        var connection = new LastingConnection();
        Assert.That(await Asked(connection, certificate), Is.EqualTo(200));
        clock.Now += TimeSpan.FromHours(23);
        Assert.That(await Asked(connection, certificate), Is.EqualTo(200));
        clock.Now += TimeSpan.FromHours(2);
        Assert.That(await Asked(connection, certificate), Is.EqualTo(401));
    }

    [Test]
    public async Task A_certificate_counts_no_longer_than_its_authority_is_believed_however_long_the_connection_does()
    {
        var certificate = CertificateMaker.Issue(server.Pki.Authority, new CertificateSpec("cleo") { Organizations = [UserInfo.Masters], ForClient = true, Life = TimeSpan.FromDays(1) }, clock.Now);
        var connection = new LastingConnection();
        Assert.That(await Asked(connection, certificate), Is.EqualTo(200));
        server.Pki.ReplaceAuthority();
        Assert.That(await Asked(connection, certificate), Is.EqualTo(200));
        server.Pki.ForgetFormerAuthorities();
        Assert.That(await Asked(connection, certificate), Is.EqualTo(401));
    }

    private async Task<int> Asked(LastingConnection connection, X509Certificate2 certificate)
    {
        var http = new DefaultHttpContext();
        http.Features.Set<IConnectionItemsFeature>(connection);
        (http.Request.Method, http.Request.Path, http.Connection.ClientCertificate) = ("GET", "/api/v1/nodes", certificate);
        http.Response.Body = new MemoryStream();
        await server.Assembly.Front.Serve(http);
        return http.Response.StatusCode;
    }

    private sealed class LastingConnection : IConnectionItemsFeature
    {
        public IDictionary<object, object?> Items { get; set; } = new Dictionary<object, object?>();
    }

    private static string Text(string text) => Encode(Encoding.UTF8.GetBytes(text));

    private static string Encode(byte[] bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);
}
