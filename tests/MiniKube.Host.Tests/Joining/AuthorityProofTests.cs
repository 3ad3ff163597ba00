using System.Security.Cryptography.X509Certificates;
using System.Text;
using MiniKube.Controllers;
using MiniKube.Machinery;
using MiniKube.Server.Pki;

namespace MiniKube.Host.Tests.Joining;

/// <summary>Whom an agent believes by its token: the cluster that it was made by, and nobody in between.</summary>
public class AuthorityProofTests
{
    private const string Token = "abcdef.0123456789abcdef";

    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly X509Certificate2 Ours = CertificateMaker.Authority("ours", Now);
    private static readonly X509Certificate2 Others = CertificateMaker.Authority("others", Now);
    private static readonly string Hash = JoinSecret.HashOf(Ours);

    [Test]
    public void A_token_vouches_for_what_was_signed_with_it()
    {
        var (believed, fault) = AuthorityProof.Of(Info(Content(Ours), Token), JoinSecret.Parse(Token)!);
        Assert.That(fault, Is.Null);
        Assert.That(believed!.Single().Thumbprint, Is.EqualTo(Ours.Thumbprint));
    }

    [TestCase("abcdef.0123456789abcde0", Token, "second half of token abcdef is wrong")]
    [TestCase("ffffff.0123456789abcdef", Token, "knows no token abcdef")]
    [TestCase(Token, "a-secret-of-our-own", "sha256:HASH:")]
    public void Any_other_does_not(string signedWith, string given, string fault)
    {
        var (believed, why) = AuthorityProof.Of(Info(Content(Ours), signedWith), JoinSecret.Parse(given)!);
        Assert.That(believed, Is.Null);
        Assert.That(why, Does.Contain(fault));
    }

    [Test]
    public void What_was_changed_after_it_was_signed_is_forged()
    {
        var info = Info(Content(Ours), Token);
        info.Map("data")!.Set("kubeconfig", Content(Others));
        Assert.That(AuthorityProof.Of(info, JoinSecret.Parse(Token)!).Authorities, Is.Null);
    }

    [TestCase("{\"alg\":\"none\",\"kid\":\"abcdef\"}", ""), TestCase("{\"alg\":\"HS256\",\"kid\":\"abcdef\"}", ""), TestCase("no json", "AAAA")]
    public void A_signature_that_is_none_proves_nothing(string head, string proof)
    {
        var signature = $"{Convert.ToBase64String(Encoding.UTF8.GetBytes(head)).TrimEnd('=')}..{proof}";
        var info = new JsonMap { { "data", new JsonMap { { "kubeconfig", Content(Ours) }, { "jws-kubeconfig-abcdef", signature } } } };
        Assert.That(AuthorityProof.Of(info, JoinSecret.Parse(Token)!).Authorities, Is.Null);
    }

    [TestCase(Token), TestCase("a-secret-of-our-own")]
    public void A_hash_picks_the_one_that_is_meant_from_among_what_is_shown(string token)
    {
        var shown = Info(Content(Others, Ours), "ffffff.0123456789abcdef");
        Assert.That(AuthorityProof.Of(shown, JoinSecret.Parse($"sha256:{Hash}:{token}")!).Authorities!.Single().Thumbprint, Is.EqualTo(Ours.Thumbprint));
        Assert.That(AuthorityProof.Of(Info(Content(Others), Token), JoinSecret.Parse($"sha256:{Hash}:{Token}")!).Fault, Does.Contain($"not sha256:{Hash}"));
    }

    [TestCase("clusters: []"), TestCase("clusters: [{cluster: {certificate-authority-data: '%'}}]"), TestCase("just words")]
    public void What_names_no_authority_is_no_cluster(string content) =>
        Assert.That(AuthorityProof.Of(Info(content, Token), JoinSecret.Parse(Token)!).Fault, Does.Contain("by which authority"));

    [TestCase(Token, null, "abcdef")]
    [TestCase("a-secret-of-our-own", null, null)]
    [TestCase("sha256:HASH:abcdef.0123456789abcdef", "HASH", "abcdef")]
    [TestCase("sha256:HASH:sha256:colons:in:it", "HASH", null)]
    public void Tokens_come_with_a_hash_or_without(string text, string? hash, string? id)
    {
        text = text.Replace("HASH", Hash, StringComparison.Ordinal);
        var parsed = JoinSecret.Parse(text)!;
        Assert.That((parsed.Hash, parsed.Id, parsed.ToString()), Is.EqualTo((hash is null ? null : Hash, id, text)));
    }

    [TestCase("short"), TestCase("two words in one token"), TestCase("")]
    public void What_can_be_no_token_is_none(string text) => Assert.That(JoinSecret.Parse(text), Is.Null);

    private static JsonMap Info(string content, string token) => new()
    {
        { "data", new JsonMap { { "kubeconfig", content }, { $"jws-kubeconfig-{token[..6]}", BootstrapSignerController.Sign(content, new BootstrapToken(token[..6], token[7..], null, true)) } } },
    };

    private static string Content(params X509Certificate2[] authorities) => YamlWriter.Write(new JsonMap
    {
        { "clusters", JsonList.Of(new JsonMap { { "cluster", new JsonMap { { "certificate-authority-data", Convert.ToBase64String(Encoding.ASCII.GetBytes(string.Concat(authorities.Select(a => a.ExportCertificatePem() + "\n")))) } } } }) },
    });
}
