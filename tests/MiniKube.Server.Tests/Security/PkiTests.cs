using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MiniKube.Server.Pki;

namespace MiniKube.Server.Tests.Security;

/// <summary>Keys and certificates on the disk, opened again and again.</summary>
[TestFixture]
public sealed class PkiTests
{
    private readonly SetClock clock = new();
    private string directory = "";

    [SetUp]
    public void Make() => directory = Directory.CreateTempSubdirectory("minik-test-").FullName;

    [TearDown]
    public void Remove() => Directory.Delete(directory, recursive: true);

    private ClusterPki Open(params string[] addresses) => ClusterPki.Open(directory, clock, ["localhost"], [.. addresses.Select(IPAddress.Parse)]);

    [Test]
    public void What_is_good_stays()
    {
        var first = Open("10.0.0.1");
        var second = Open("10.0.0.1");
        Assert.That((second.Serving.Thumbprint, second.Authority.Thumbprint), Is.EqualTo((first.Serving.Thumbprint, first.Authority.Thumbprint)));
    }

    [Test]
    public void Another_name_takes_another_certificate()
    {
        var first = Open().Client("kubelet", "system:node:a", "system:nodes");
        Assert.That(Open().Client("kubelet", "system:node:a", "system:nodes").Thumbprint, Is.EqualTo(first.Thumbprint));
        Assert.That(Open().Client("kubelet", "system:node:b", "system:nodes").Subject, Does.Contain("system:node:b"));
        Assert.That(Open().Client("kubelet", "system:node:b", "others").Subject, Does.Contain("others"));
    }

    [TestCase("rsa")]
    [TestCase("p384")]
    public void A_key_of_another_make_than_the_authoritys_gets_its_certificate(string make)
    {
        using var authority = CertificateMaker.Authority("a", clock.GetUtcNow());
        using var rsa = RSA.Create(2048);
        using var curve = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        var name = new X500DistinguishedName("CN=zed");
        var asked = (make == "rsa" ? new CertificateRequest(name, rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1) : new(name, curve, HashAlgorithmName.SHA384)).CreateSigningRequestPem();
        var request = CertificateRequest.LoadSigningRequestPem(asked, HashAlgorithmName.SHA256);
        using var signed = CertificateMaker.Sign(authority, request, new CertificateSpec("") { ForClient = true }, clock.GetUtcNow());
        Assert.That(signed.Subject, Is.EqualTo("CN=zed"));
        Assert.That(signed.PublicKey.ExportSubjectPublicKeyInfo(), Is.EqualTo(make == "rsa" ? rsa.ExportSubjectPublicKeyInfo() : curve.ExportSubjectPublicKeyInfo()));
        Assert.That(CertificateChecks.ClientFault(signed, [authority], clock.GetUtcNow()), Is.Null);
    }

    [Test]
    public void Another_address_takes_another_certificate_of_the_same_authority()
    {
        var first = Open("10.0.0.1");
        var second = Open("10.0.0.1", "192.168.7.7");
        Assert.Multiple(() =>
        {
            Assert.That(second.Serving.Thumbprint, Is.Not.EqualTo(first.Serving.Thumbprint));
            Assert.That(second.Serving.MatchesHostname("192.168.7.7"), Is.True);
            Assert.That(CertificateChecks.SignedBy(second.Serving, [first.Authority]), Is.True);
            Assert.That(second.Serve(["localhost"], [IPAddress.Parse("10.0.0.1")]), Is.False, "an address less is no reason");
            Assert.That(second.Serve(["localhost"], [IPAddress.Parse("10.9.9.9")]), Is.True, "an address more is, while serving too");
        });
    }

    [TestCase(-20)]
    [TestCase(20)]
    public void A_clock_set_right_takes_other_certificates_and_no_other_authority(int years)
    {
        var now = clock.Now;
        clock.Now = now.AddYears(years);
        var first = Open();
        clock.Now = now;
        var second = Open();
        Assert.Multiple(() =>
        {
            Assert.That(second.Serving.NotBefore.ToUniversalTime(), Is.LessThan(now.UtcDateTime));
            Assert.That(second.Serving.NotAfter.ToUniversalTime(), Is.GreaterThan(now.UtcDateTime));
            Assert.That(second.Authority.Thumbprint, Is.EqualTo(first.Authority.Thumbprint));
            Assert.That(second.Authority.NotAfter.ToUniversalTime(), Is.GreaterThan(now.AddYears(5).UtcDateTime));
        });
    }

    [Test]
    public void An_authority_near_its_end_goes_on_with_the_same_key()
    {
        var first = Open();
        var client = first.Client("admin", "admin", "ops");
        clock.Now = first.Authority.NotAfter.ToUniversalTime().AddDays(-10);
        var second = Open();
        Assert.Multiple(() =>
        {
            Assert.That(second.Authority.NotAfter, Is.GreaterThan(first.Authority.NotAfter.AddYears(5)));
            Assert.That(second.Authority.GetPublicKey(), Is.EqualTo(first.Authority.GetPublicKey()));
            Assert.That(CertificateChecks.SignedBy(client, second.Trusted), Is.True);
            Assert.That(CertificateChecks.SignedBy(second.Serving, first.Trusted), Is.True);
        });
    }

    [Test]
    public void A_machine_that_stopped_between_two_files_starts_again()
    {
        var first = Open();
        File.Copy(Path.Combine(directory, "front-proxy-ca.key"), Path.Combine(directory, "apiserver.key"), overwrite: true);
        Assert.That(Open().Serving.Thumbprint, Is.Not.EqualTo(first.Serving.Thumbprint));
        // The successor was ready but not yet in its place.
        var next = File.ReadAllText(Path.Combine(directory, "front-proxy-ca.key")) + "\n" + File.ReadAllText(Path.Combine(directory, "front-proxy-ca.crt"));
        File.WriteAllText(Path.Combine(directory, "ca-next.pem"), next);
        Assert.That(Open().Authority.Subject, Is.EqualTo("CN=minik-front-proxy-ca"));
        Assert.That(File.Exists(Path.Combine(directory, "ca-next.pem")), Is.False);
    }

    [Test]
    public void A_front_proxy_has_a_certificate_of_its_own_authority_and_keeps_it()
    {
        var pki = Open();
        var (first, listed) = (pki.FrontProxyClient(), CertificateInventory.Of(directory).Select(c => c.File).ToList());
        Assert.Multiple(() =>
        {
            Assert.That(listed, Does.Contain("front-proxy-ca").And.Contain("front-proxy-client"));
            Assert.That(first.Issuer, Is.EqualTo(pki.FrontProxyAuthority.Subject));
            Assert.That(Open().FrontProxyClient().Thumbprint, Is.EqualTo(first.Thumbprint));
            Assert.That(pki.Reissue(), Does.Contain("front-proxy-client"));
            Assert.That(CertificateChecks.SignedBy(pki.FrontProxyClient(), [pki.FrontProxyAuthority]), Is.True);
        });
        clock.Now += TimeSpan.FromDays(300);
        Assert.That(pki.Renew(), Does.Contain("front-proxy-client"));
        Assert.That(CertificateChecks.ClientFault(pki.FrontProxyClient(), pki.TrustedForProxies, clock.Now), Is.Null);
        pki.ReplaceAuthority();
        Assert.That(CertificateInventory.Of(directory).Take(6).Select(c => c.File), Is.EqualTo(new[] { "ca", "ca-cross", "ca-old", "front-proxy-ca", "front-proxy-ca-cross", "front-proxy-ca-old" }));
        Assert.That(pki.Renew(), Is.Empty, "what was issued again is good");
    }

    [Test]
    public void Former_authorities_count_until_the_end_of_the_transition()
    {
        var pki = Open();
        var (before, client) = (pki.Authority, pki.Client("admin", "admin"));
        pki.ReplaceAuthority();
        Assert.Multiple(() =>
        {
            Assert.That(pki.Authority.Subject, Is.Not.EqualTo(before.Subject));
            Assert.That(CertificateChecks.ClientFault(client, pki.Trusted, clock.Now), Is.Null);
            Assert.That(CertificateChecks.SignedBy(pki.Serving, [pki.Authority]), Is.True);
            Assert.That(CertificateChecks.SignedBy(pki.ServingChain.IntermediateCertificates.Single(), [before]), Is.True);
            Assert.That(Open().Trusted, Has.Count.EqualTo(2), "after another start");
        });
        pki.ForgetFormerAuthorities();
        Assert.Multiple(() =>
        {
            Assert.That(CertificateChecks.ClientFault(client, pki.Trusted, clock.Now), Is.Not.Null);
            Assert.That(pki.ServingChain.IntermediateCertificates, Is.Empty);
            Assert.That(Open().Trusted, Has.Count.EqualTo(1));
        });
    }
}
