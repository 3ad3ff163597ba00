using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MiniKube.Machinery;
using MiniKube.Server.Pki;

namespace MiniKube.Server.Tests.Security;

public enum Proof { ClientCertificate, BoundToken, LegacyToken, BootstrapToken, StaticToken, Oidc }

public enum Fault { None, NotYet, Expired, WrongIssuer, WrongAudience, NoAlgorithm, KeyConfusion, Altered, Revoked }

/// <summary>Each kind of credential with each fault. One that is good in every other respect, so that the fault alone decides.</summary>
internal static class Credentials
{
    private const string Account = "/api/v1/namespaces/ref/serviceaccounts/robot";

    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    /// <summary>What can't be wrong with a kind of proof, and why not.</summary>
    public static IReadOnlyDictionary<(Proof, Fault), string> Without { get; } = new Dictionary<(Proof, Fault), string>
    {
        [(Proof.ClientCertificate, Fault.NoAlgorithm)] = "a certificate without signature is none",
        [(Proof.LegacyToken, Fault.NotYet)] = "counts from when its Secret is there",
        [(Proof.LegacyToken, Fault.Expired)] = "has no end but that of its Secret",
        [(Proof.LegacyToken, Fault.WrongAudience)] = "names no audience",
        [(Proof.BootstrapToken, Fault.NotYet)] = "has only an end",
        [(Proof.BootstrapToken, Fault.NoAlgorithm)] = "is a shared secret, not signed",
        [(Proof.BootstrapToken, Fault.KeyConfusion)] = "is a shared secret, not signed",
        [(Proof.StaticToken, Fault.NotYet)] = "counts as long as the server runs",
        [(Proof.StaticToken, Fault.Expired)] = "counts as long as the server runs",
        [(Proof.StaticToken, Fault.WrongIssuer)] = "has no issuer",
        [(Proof.StaticToken, Fault.WrongAudience)] = "names no audience",
        [(Proof.StaticToken, Fault.NoAlgorithm)] = "is a shared secret, not signed",
        [(Proof.StaticToken, Fault.KeyConfusion)] = "is a shared secret, not signed",
        [(Proof.StaticToken, Fault.Revoked)] = "the file is read at start",
    };

    public static string NameOf(CredentialScene scene, Proof proof) => proof switch
    {
        Proof.ClientCertificate => "cleo",
        Proof.BootstrapToken => "system:bootstrap:abcdef",
        Proof.StaticToken => "stan",
        Proof.Oidc => scene.Issuer.Url + "#jane",
        _ => "system:serviceaccount:ref:robot",
    };

    public static async Task<Credential> Make(CredentialScene scene, Proof proof, Fault fault) => proof switch
    {
        Proof.ClientCertificate => new(Certificate(scene, fault), null),
        Proof.BoundToken => new(null, await Bound(scene, fault)),
        Proof.LegacyToken => new(null, await Legacy(scene, fault)),
        Proof.BootstrapToken => new(null, await Bootstrap(scene, fault)),
        Proof.StaticToken => new(null, fault == Fault.Altered ? Alter(CredentialScene.StaticToken) : CredentialScene.StaticToken),
        _ => new(null, await FromIssuer(scene, fault)),
    };

    private static X509Certificate2 Certificate(CredentialScene scene, Fault fault)
    {
        var pki = scene.Server.Pki;
        var (authority, born) = (pki.Authority, scene.Clock.Now);
        // The twin has the name of the authority, and another key.
        if (fault == Fault.WrongIssuer) authority = pki.FrontProxyAuthority;
        if (fault == Fault.KeyConfusion) authority = Twin(pki.Authority, born);
        if (fault == Fault.NotYet) born += 2 * Hour;
        if (fault == Fault.Expired) born -= TimeSpan.FromDays(2);
        var spec = new CertificateSpec("cleo") { ForClient = fault != Fault.WrongAudience, ForServer = fault == Fault.WrongAudience, Life = TimeSpan.FromDays(1) };
        var made = CertificateMaker.Issue(authority, fault == Fault.Altered ? spec with { CommonName = "clea" } : spec, born);
        if (fault == Fault.Revoked)
        {
            pki.ReplaceAuthority();
            pki.ForgetFormerAuthorities();
        }
        if (fault != Fault.Altered) return made;
        var bytes = made.RawData;
        bytes[bytes.AsSpan().IndexOf("clea"u8) + 3] = (byte)'o';
        return X509CertificateLoader.LoadCertificate(bytes);
    }

    private static X509Certificate2 Twin(X509Certificate2 authority, DateTimeOffset now)
    {
        var twin = CertificateMaker.Authority(authority.Subject["CN=".Length..], now);
        Assert.That(twin.Subject, Is.EqualTo(authority.Subject));
        return twin;
    }

    private static async Task<string> Bound(CredentialScene scene, Fault fault)
    {
        var (key, tokens) = (scene.Server.Pki.ServiceAccountKey, scene.Server.Assembly.Tokens);
        var audience = fault == Fault.WrongAudience ? "vault" : tokens.Issuer;
        var spec = new JsonMap { { "audiences", JsonList.OfTexts([audience]) }, { "expirationSeconds", 600 } };
        if (fault == Fault.Revoked)
        {
            await scene.Post("/api/v1/namespaces/ref/secrets", """{"metadata":{"name":"tie"}}""");
            spec.Set("boundObjectRef", new JsonMap { { "kind", "Secret" }, { "apiVersion", "v1" }, { "name", "tie" } });
        }
        var answer = await scene.Post(Account + "/token", new JsonMap { { "kind", "TokenRequest" }, { "apiVersion", "authentication.k8s.io/v1" }, { "spec", spec } }.ToString());
        var token = answer.Map("status")!.Text("token")!;
        var claims = Jwt.Peek(token)!;
        switch (fault)
        {
            case Fault.NotYet:
                claims.Set("nbf", (scene.Clock.Now + Hour).ToUnixTimeSeconds());
                claims.Set("exp", (scene.Clock.Now + 2 * Hour).ToUnixTimeSeconds());
                return Jwt.Sign(claims, key, Jwt.KeyId(key));
            case Fault.Expired:
                scene.Clock.Now += TimeSpan.FromSeconds(600);
                return token;
            case Fault.WrongIssuer:
                claims.Set("iss", "https://elsewhere.example.com");
                return Jwt.Sign(claims, key, Jwt.KeyId(key));
            case Fault.Revoked:
                await scene.Delete("/api/v1/namespaces/ref/secrets/tie");
                return token;
            default:
                return Tampered(token, fault, key);
        }
    }

    private static async Task<string> Legacy(CredentialScene scene, Fault fault)
    {
        var (key, tokens) = (scene.Server.Pki.ServiceAccountKey, scene.Server.Assembly.Tokens);
        var name = "old-" + fault.ToString().ToLowerInvariant();
        var token = tokens.IssueLegacy("ref", await scene.Get(Account), name);
        if (fault == Fault.WrongIssuer)
        {
            var claims = Jwt.Peek(token)!;
            claims.Set("iss", "https://elsewhere.example.com");
            token = Jwt.Sign(claims, key, Jwt.KeyId(key));
        }
        token = Tampered(token, fault, key);
        // Whatever it is, its Secret holds exactly that: not even who may write Secrets can make himself an account's token.
        await scene.Secret("ref", name, "kubernetes.io/service-account-token", new Dictionary<string, string> { ["token"] = token }, new JsonMap { { "kubernetes.io/service-account.name", "robot" } });
        if (fault == Fault.Revoked) await scene.Delete("/api/v1/namespaces/ref/secrets/" + name);
        return token;
    }

    private static async Task<string> Bootstrap(CredentialScene scene, Fault fault)
    {
        const string good = "abcdef.0123456789abcdef";
        if (fault != Fault.None) await scene.Delete("/api/v1/namespaces/kube-system/secrets/bootstrap-token-abcdef");
        var data = new Dictionary<string, string>
        {
            ["token-id"] = "abcdef", ["token-secret"] = good[7..], ["expiration"] = Times.Seconds(scene.Clock.Now + (fault == Fault.Expired ? -Hour : Hour)),
            [fault == Fault.WrongAudience ? "usage-bootstrap-signing" : "usage-bootstrap-authentication"] = "true",
        };
        await scene.Secret(fault == Fault.WrongIssuer ? "ref" : "kube-system", "bootstrap-token-abcdef", "bootstrap.kubernetes.io/token", data);
        if (fault == Fault.Revoked) await scene.Delete("/api/v1/namespaces/kube-system/secrets/bootstrap-token-abcdef");
        return fault == Fault.Altered ? Alter(good) : good;
    }

    private static async Task<string> FromIssuer(CredentialScene scene, Fault fault)
    {
        var now = scene.Clock.Now;
        var claims = new JsonMap
        {
            { "iss", fault == Fault.WrongIssuer ? "https://elsewhere.example.com" : scene.Issuer.Url }, { "aud", fault == Fault.WrongAudience ? "others" : "minik" }, { "sub", "jane" },
            { "nbf", (fault == Fault.NotYet ? now + Hour : now).ToUnixTimeSeconds() }, { "exp", (fault == Fault.Expired ? now : now + 2 * Hour).ToUnixTimeSeconds() },
        };
        if (fault == Fault.Revoked)
        {
            // The issuer took its key back: who shows a token of the next one makes that known.
            using var next = RSA.Create(2048);
            scene.Issuer.Remove("one");
            scene.Issuer.Add("two", next);
            scene.Clock.Now += TimeSpan.FromSeconds(10);
            Assert.That(await scene.Oidc.Check(TestIssuer.Token(next, "RS256", "two", claims), default), Is.Not.Null);
        }
        return Tampered(TestIssuer.Token(scene.IssuerKey, "RS256", "one", claims), fault, scene.IssuerKey);
    }

    private static string Tampered(string token, Fault fault, AsymmetricAlgorithm key)
    {
        var parts = token.Split('.');
        var id = JsonReader.ReadMap(System.Buffers.Text.Base64Url.DecodeFromChars(parts[0])).Text("kid");
        string Head(string algorithm) => TestIssuer.Encode(JsonWriter.ToUtf8(new JsonMap { { "alg", algorithm }, { "kid", id! }, { "typ", "JWT" } }));
        switch (fault)
        {
            case Fault.NoAlgorithm:
                return $"{Head("none")}.{parts[1]}.";
            case Fault.KeyConfusion:
                // The public key, which everybody has, as the secret of a MAC.
                var signed = $"{Head("HS256")}.{parts[1]}";
                return $"{signed}.{TestIssuer.Encode(HMACSHA256.HashData(Encoding.ASCII.GetBytes(key.ExportSubjectPublicKeyInfoPem()), Encoding.ASCII.GetBytes(signed)))}";
            case Fault.Altered:
                var claims = Jwt.Peek(token)!;
                claims.Set("sub", claims.Text("sub") + "x");
                return $"{parts[0]}.{TestIssuer.Encode(JsonWriter.ToUtf8(claims))}.{parts[2]}";
            default:
                return token;
        }
    }

    private static string Alter(string secret) => secret[..^1] + (secret[^1] == 'e' ? 'f' : 'e');
}
