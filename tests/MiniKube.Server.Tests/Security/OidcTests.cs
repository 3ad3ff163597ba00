using System.Security.Cryptography;
using System.Text;
using MiniKube.Machinery;
using MiniKube.Server.Oidc;

namespace MiniKube.Server.Tests.Security;

/// <summary>Tokens of an issuer elsewhere, good and bad in every way we know of.</summary>
[TestFixture]
public sealed class OidcTests
{
    private static readonly RSA Key = RSA.Create(2048);
    private static readonly RSA Other = RSA.Create(2048);

    private readonly SetClock clock = new();
    private TestIssuer issuer = null!;
    private OidcAuthenticator oidc = null!;

    [SetUp]
    public async Task Start()
    {
        issuer = await TestIssuer.Start();
        issuer.Add("one", Key);
        oidc = With(o => o);
    }

    [TearDown]
    public async Task Stop()
    {
        oidc.Dispose();
        await issuer.DisposeAsync();
    }

    private OidcAuthenticator With(Func<OidcOptions, OidcOptions> change) =>
        new(change(new OidcOptions(issuer.Url, "minik") { CaFile = issuer.CaFile, GroupsClaim = "groups", GroupsPrefix = "oidc:" }), clock, new Quiet());

    private JsonMap Claims(params (string Name, Json? Value)[] changes)
    {
        var claims = new JsonMap
        {
            { "iss", issuer.Url }, { "aud", "minik" }, { "sub", "jane" }, { "exp", clock.Now.ToUnixTimeSeconds() + 600 }, { "email", "jane@example.com" },
            { "groups", JsonList.OfTexts(["dev", "ops"]) }, { "tenant", "blue" },
        };
        foreach (var (name, value) in changes)
        {
            if (value is null) claims.Remove(name);
            else claims.Set(name, value);
        }
        return claims;
    }

    private async Task<string?> Who(JsonMap claims, OidcAuthenticator? by = null, string algorithm = "RS256", string? id = "one", AsymmetricAlgorithm? key = null) =>
        (await (by ?? oidc).Check(TestIssuer.Token(key ?? Key, algorithm, id, claims), default))?.Name;

    [Test]
    public async Task A_good_token_names_its_user_and_groups()
    {
        var user = await oidc.Check(TestIssuer.Token(Key, "RS256", "one", Claims()), default);
        Assert.That(user?.Name, Is.EqualTo(issuer.Url + "#jane"));
        Assert.That(user!.Groups, Is.EqualTo(new[] { "oidc:dev", "oidc:ops", UserInfo.Authenticated }));
    }

    [TestCase("sub", null, "ISSUER#jane")]
    [TestCase("sub", "-", "jane")]
    [TestCase("sub", "corp:", "corp:jane")]
    [TestCase("email", null, "jane@example.com")]
    [TestCase("email", "corp:", "corp:jane@example.com")]
    [TestCase("tenant", null, "ISSUER#blue")]
    [TestCase("groups", null, null)]
    [TestCase("absent", null, null)]
    public async Task A_name_is_made_as_told(string claim, string? prefix, string? name)
    {
        using var by = With(o => o with { UsernameClaim = claim, UsernamePrefix = prefix });
        Assert.That(await Who(Claims(), by), Is.EqualTo(name?.Replace("ISSUER", issuer.Url)));
    }

    [TestCase(true, "jane@example.com")]
    [TestCase(false, null)]
    public async Task An_email_that_is_not_verified_is_no_name(bool verified, string? name)
    {
        using var by = With(o => o with { UsernameClaim = "email" });
        Assert.That(await Who(Claims(("email_verified", verified)), by), Is.EqualTo(name));
    }

    [Test]
    public async Task A_single_group_may_be_a_word_and_what_is_no_group_spoils_the_token()
    {
        Assert.That((await oidc.Check(TestIssuer.Token(Key, "RS256", "one", Claims(("groups", "dev"))), default))?.Groups, Does.Contain("oidc:dev"));
        Assert.That(await Who(Claims(("groups", 7))), Is.Null);
    }

    [TestCase("tenant=blue", true)]
    [TestCase("tenant=red", false)]
    [TestCase("missing=blue", false)]
    public async Task Required_claims_are_required(string claim, bool good)
    {
        using var by = With(o => o with { RequiredClaims = new Dictionary<string, string> { [claim.Split('=')[0]] = claim.Split('=')[1] } });
        Assert.That(await Who(Claims(), by) is not null, Is.EqualTo(good));
    }

    [Test]
    public async Task What_a_token_says_wrong_is_refused()
    {
        var now = clock.Now.ToUnixTimeSeconds();
        Assert.Multiple(async () =>
        {
            Assert.That(await Who(Claims(("exp", now))), Is.Null, "expired");
            Assert.That(await Who(Claims(("exp", null))), Is.Null, "without end");
            Assert.That(await Who(Claims(("nbf", now + 600))), Is.Null, "not yet");
            Assert.That(await Who(Claims(("nbf", now + 60))), Is.Not.Null, "within the clocks' difference");
            Assert.That(await Who(Claims(("iss", "https://elsewhere"))), Is.Null, "another issuer");
            Assert.That(await Who(Claims(("iss", issuer.Url + "/"))), Is.Null, "nearly the issuer");
            Assert.That(await Who(Claims(("aud", "others"))), Is.Null, "for others");
            Assert.That(await Who(Claims(("aud", null))), Is.Null, "for nobody");
            Assert.That(await Who(Claims(("aud", JsonList.OfTexts(["others", "minik"])))), Is.Not.Null, "for us too");
        });
    }

    [Test]
    public async Task The_token_does_not_choose_how_it_is_checked()
    {
        var claims = Claims();
        var payload = TestIssuer.Encode(JsonWriter.ToUtf8(claims));
        string Head(string algorithm) => TestIssuer.Encode(Encoding.ASCII.GetBytes($$"""{"alg":"{{algorithm}}","kid":"one"}"""));
        var good = TestIssuer.Token(Key, "RS256", "one", claims).Split('.');
        Assert.That(await oidc.Check(string.Join('.', good), default), Is.Not.Null);
        Assert.Multiple(async () =>
        {
            foreach (var algorithm in new[] { "none", "None", "HS256", "RS384", "PS256", "ES256", "" })
            {
                Assert.That(await oidc.Check($"{Head(algorithm)}.{payload}.", default), Is.Null, algorithm);
                Assert.That(await oidc.Check($"{Head(algorithm)}.{payload}.{good[2]}", default), Is.Null, algorithm);
            }
            // Key confusion: the public key as the secret of a MAC, in every form it is known in.
            foreach (var secret in new[] { Key.ExportSubjectPublicKeyInfo(), Encoding.ASCII.GetBytes(Key.ExportSubjectPublicKeyInfoPem()), Key.ExportRSAPublicKey() })
                Assert.That(await oidc.Check($"{Head("HS256")}.{payload}.{TestIssuer.Encode(HMACSHA256.HashData(secret, Encoding.ASCII.GetBytes($"{Head("HS256")}.{payload}")))}", default), Is.Null);
            Assert.That(await oidc.Check($"{good[0]}.{TestIssuer.Encode(JsonWriter.ToUtf8(Claims(("sub", "root"))))}.{good[2]}", default), Is.Null, "altered");
            Assert.That(await Who(claims, key: Other), Is.Null, "signed by somebody else");
        });
    }

    [TestCase("RS384"), TestCase("RS512"), TestCase("PS256"), TestCase("PS384"), TestCase("PS512"), TestCase("ES256"), TestCase("ES384"), TestCase("ES512")]
    public async Task Other_algorithms_count_when_allowed(string algorithm)
    {
        var key = algorithm switch
        {
            "ES256" => ECDsa.Create(ECCurve.NamedCurves.nistP256),
            "ES384" => ECDsa.Create(ECCurve.NamedCurves.nistP384),
            "ES512" => ECDsa.Create(ECCurve.NamedCurves.nistP521),
            _ => (AsymmetricAlgorithm)Key,
        };
        issuer.Add("two", key);
        using var by = With(o => o with { SigningAlgs = [algorithm] });
        Assert.That(await Who(Claims(), by, algorithm, "two", key), Is.Not.Null);
        Assert.That(await Who(Claims(), by), Is.Null);
    }

    [Test]
    public async Task A_key_that_is_new_is_asked_for_and_one_that_is_made_up_costs_little()
    {
        Assert.That(await Who(Claims()), Is.Not.Null);
        issuer.Add("two", Other);
        clock.Now += TimeSpan.FromSeconds(10);
        Assert.That(await Who(Claims(), id: "two", key: Other), Is.Not.Null);
        var asked = issuer.Asked;
        for (var i = 0; i < 100; i++) Assert.That(await Who(Claims(), id: $"made-up-{i}"), Is.Null);
        Assert.That(issuer.Asked - asked, Is.LessThanOrEqualTo(2));
        Assert.That(await Who(Claims()), Is.Not.Null);
    }

    [Test]
    public async Task A_key_that_was_withdrawn_is_worth_nothing_soon()
    {
        Assert.That(await Who(Claims()), Is.Not.Null);
        issuer.Remove("one");
        issuer.Add("two", Other);
        clock.Now += TimeSpan.FromSeconds(10);
        Assert.That(await Who(Claims(), id: "two", key: Other), Is.Not.Null);
        Assert.That(await Who(Claims()), Is.Null);
    }

    [Test]
    public async Task An_issuer_that_is_down_takes_nobody_else_with_it()
    {
        issuer.Down = true;
        await using var server = await TestServer.Start(clock, new Dictionary<string, UserInfo> { ["static"] = new("stan", [UserInfo.Authenticated]) }, oidc);
        var authenticator = server.Assembly.Authenticator;
        var token = "Bearer " + TestIssuer.Token(Key, "RS256", "one", Claims());
        Assert.That(await authenticator.Identify(null, token, default), Is.Null);
        Assert.That((await authenticator.Identify(null, "Bearer static", default))?.Name, Is.EqualTo("stan"));
        Assert.That((await authenticator.Identify(null, null, default))?.Name, Is.EqualTo("system:anonymous"));
        issuer.Down = false;
        clock.Now += TimeSpan.FromSeconds(10);
        Assert.That((await authenticator.Identify(null, token, default))?.Name, Is.EqualTo(issuer.Url + "#jane"));
        issuer.Down = true;
        clock.Now += TimeSpan.FromMinutes(5);
        Assert.That((await authenticator.Identify(null, "Bearer " + TestIssuer.Token(Key, "RS256", "one", Claims()), default))?.Name, Is.EqualTo(issuer.Url + "#jane"));
        var (_, review) = await server.Send("POST", "/apis/authentication.k8s.io/v1/tokenreviews",
            $$$"""{"kind":"TokenReview","apiVersion":"authentication.k8s.io/v1","spec":{"token":"{{{TestIssuer.Token(Key, "RS256", "one", Claims())}}}"}}""");
        Assert.That(review.Map("status")?.Map("user")?.Text("username"), Is.EqualTo(issuer.Url + "#jane"));
    }

    private sealed class Quiet : ILog
    {
        public void Info(string message) { }
        public void Warn(string message) { }
        public void Error(string message) => TestContext.Error.WriteLine(message);
    }
}
