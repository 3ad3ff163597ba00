using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MiniKube.Server.Pki;

namespace MiniKube.Host.Tests.Joining;

/// <summary>A joined node's keys: what is still good, what is due, and that nobody else reads them.</summary>
public class NodeKeysTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly IPAddress Address = IPAddress.Parse("10.0.0.1");

    private string directory = null!;
    private X509Certificate2 authority = null!;

    [SetUp]
    public void Start() => (directory, authority) = (Directory.CreateTempSubdirectory("minik-test-").FullName, CertificateMaker.Authority("minik-ca", Now));

    [TearDown]
    public void Stop() => Directory.Delete(directory, recursive: true);

    [Test]
    public void They_are_renewed_in_the_last_third_of_their_life_and_good_to_its_end()
    {
        var keys = Joined("n1");
        Assert.That(keys.IsFresh(keys.Client, keys.ClientSpec, Now.AddDays(59)));
        Assert.That(keys.IsFresh(keys.Client, keys.ClientSpec, Now.AddDays(61)), Is.False);
        Assert.That(keys.IsKnown(Now.AddDays(89)));
        Assert.That(keys.IsKnown(Now.AddDays(91)), Is.False);
    }

    [Test]
    public void Another_authority_another_address_or_another_name_asks_for_others()
    {
        var keys = Joined("n1");
        Assert.That(keys.IsFresh(keys.Serving, keys.ServingSpec(Address), Now));
        Assert.That(keys.IsFresh(keys.Serving, keys.ServingSpec(IPAddress.Parse("10.0.0.2")), Now), Is.False);
        keys.Believe([CertificateMaker.Authority("minik-ca@2", Now), authority]);
        Assert.That(keys.IsFresh(keys.Client, keys.ClientSpec, Now), Is.False, "who signs now hasn't signed it");
        Assert.That(keys.IsKnown(Now), "but it is believed as long as the former one is");
        Assert.That(new NodeKeys(directory, "n2").IsKnown(Now), Is.False, "it is another node's");
    }

    [Test]
    public void A_port_certified_by_name_alone_stays_so()
    {
        var keys = Joined("n1");
        Assert.That(keys.IsServing(Address, Now));
        Assert.That(keys.IsServing(IPAddress.Parse("10.0.0.2"), Now), Is.False);
        Keep(keys.ServingSpec(null), keys.KeepServing);
        Assert.That(keys.IsServing(IPAddress.Parse("10.0.0.2"), Now));
        Assert.That(keys.IsServing(Address, Now.AddDays(61)), Is.False);
    }

    [Test]
    public void They_outlive_the_process_and_are_nobody_else_s()
    {
        Joined("n1");
        var again = new NodeKeys(directory, "n1");
        Assert.That(again.IsKnown(Now));
        Assert.That(again.Client!.HasPrivateKey);
        foreach (var file in Directory.GetFiles(Path.Combine(directory, "agent", "pki")))
            Assert.That(File.GetUnixFileMode(file), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite), file);
    }

    [Test]
    public void A_file_cut_short_is_no_certificate()
    {
        Joined("n1");
        File.WriteAllText(Path.Combine(directory, "agent", "pki", "kubelet-client.pem"), "-----BEGIN");
        Assert.That(new NodeKeys(directory, "n1").IsKnown(Now), Is.False);
    }

    /// <summary>Keys as the cluster would have signed what the node asks for.</summary>
    private NodeKeys Joined(string name)
    {
        var keys = new NodeKeys(directory, name);
        keys.Believe([authority]);
        Keep(keys.ClientSpec, keys.KeepClient);
        Keep(keys.ServingSpec(Address), keys.KeepServing);
        return keys;
    }

    private void Keep(CertificateSpec spec, Action<string, ECDsa> keep)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var asked = Convert.FromBase64String(SigningRequest.Request(key, spec, SigningRequest.NodeClient).Map("spec")!.Text("request")!);
        var request = CertificateRequest.LoadSigningRequestPem(Encoding.ASCII.GetString(asked), HashAlgorithmName.SHA256, CertificateRequestLoadOptions.UnsafeLoadCertificateExtensions);
        using var signed = CertificateMaker.Sign(authority, request, spec with { Life = TimeSpan.FromDays(90) }, Now);
        keep(signed.ExportCertificatePem(), key);
    }
}
