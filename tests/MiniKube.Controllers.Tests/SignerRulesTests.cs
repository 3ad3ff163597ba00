using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MiniKube.ControlLoop;
using MiniKube.Kinds.Certificates;
using MiniKube.TestKit;

namespace MiniKube.Controllers.Tests;

/// <summary>What the built-in signers ask of a request, and what is approved without anybody being asked.</summary>
public class SignerRulesTests
{
    private const string Node = "O=system:nodes,CN=system:node:n1";

    [TestCase(Csr.NodeClient, Node, "", "client auth,digital signature", null)]
    [TestCase(Csr.NodeClient, Node, "", "key encipherment,client auth,digital signature", null)]
    [TestCase(Csr.NodeClient, Node, "", "client auth", "usages did not match [client auth digital signature key encipherment]")]
    [TestCase(Csr.NodeClient, Node, "", "client auth,digital signature,server auth", "usages did not match [client auth digital signature key encipherment]")]
    [TestCase(Csr.NodeClient, Node, "dns", "client auth,digital signature", "DNS or IP subjectAltNames are not allowed")]
    [TestCase(Csr.NodeClient, Node, "mail", "client auth,digital signature", "Email subjectAltNames are not allowed")]
    [TestCase(Csr.NodeClient, "O=system:masters,O=system:nodes,CN=system:node:n1", "", "client auth,digital signature", "subject organization is not system:nodes")]
    [TestCase(Csr.NodeClient, "O=system:nodes+O=system:masters,CN=system:node:n1", "", "client auth,digital signature", "subject organization is not system:nodes")]
    [TestCase(Csr.NodeClient, "O=system:nodes,CN=admin", "", "client auth,digital signature", "subject common name does not begin with \"system:node:\"")]
    [TestCase(Csr.NodeServing, Node, "dns", "server auth,digital signature", null)]
    [TestCase(Csr.NodeServing, Node, "", "server auth,digital signature", "DNS or IP subjectAltName is required")]
    [TestCase(Csr.NodeServing, Node, "dns,link", "server auth,digital signature", "URI subjectAltNames are not allowed")]
    [TestCase(Csr.NodeServing, Node, "dns", "client auth,digital signature", "usages did not match [digital signature key encipherment server auth]")]
    [TestCase(Csr.NodeServing, "CN=web", "dns", "server auth,digital signature", "subject organization is not system:nodes")]
    [TestCase(Csr.Client, "O=devs,CN=zed", "", "client auth", null)]
    [TestCase(Csr.Client, "O=devs,CN=zed", "", "client auth,server auth", "invalid usage for client certificate: server auth")]
    [TestCase(Csr.Client, "O=devs,CN=zed", "", "digital signature", "missing required usage for client certificate: client auth")]
    public void Asks(string signer, string subject, string names, string usages, string? fault) =>
        Assert.That(SignerRules.Fault(Request(subject, names), signer, usages.Split(',')), Is.EqualTo(fault));

    [TestCase(Node, "system:bootstrap:abcdef", "system:bootstrappers", true)]
    [TestCase(Node, "system:node:n1", "system:nodes", true)]
    [TestCase(Node, "system:node:n2", "system:nodes", false)]
    [TestCase("O=system:nodes,O=system:masters,CN=system:node:n1", "system:bootstrap:abcdef", "system:bootstrappers", false)]
    public void Approves_by_itself_only_what_makes_a_node_and_nothing_more(string subject, string user, string group, bool approved)
    {
        var request = Resources.Of<CertificateSigningRequest>().Item(Encoding.UTF8.GetBytes($$$"""
            {"metadata":{"name":"r","uid":"u"},"spec":{"username":"{{{user}}}","groups":["{{{group}}}"],"signerName":"{{{Csr.NodeClient}}}","usages":["client auth","digital signature"],
             "request":"{{{Convert.ToBase64String(Request(subject, ""))}}}"} }
            """));
        Assert.That(PlanText.Of(CsrApprovingController.PlanFor(new(request, DateTimeOffset.UnixEpoch))), approved ? Is.Not.Empty : Is.Empty);
    }

    [TestCase("system:node:n1", "n1", "10.0.0.1", true)]
    [TestCase("system:node:n1", "n1", "10.0.0.1 n1.lan", true)]
    [TestCase("system:node:n1", "n1", "10.0.0.1 api", false)]
    [TestCase("system:node:n1", "n1", "10.0.0.2", false)]
    [TestCase("system:node:n1", "n1", "", false)]
    [TestCase("system:node:n2", "n1", "10.0.0.1", false)]
    [TestCase("system:node:n1", null, "", false)]
    public void A_node_s_port_is_certified_for_what_the_node_is_known_by(string user, string? node, string addresses, bool approved)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var asked = new CertificateRequest(new X500DistinguishedName(Node), key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("n1");
        names.AddIpAddress(System.Net.IPAddress.Parse("10.0.0.1"));
        if (addresses.Contains("lan", StringComparison.Ordinal)) names.AddDnsName("n1.lan");
        asked.CertificateExtensions.Add(names.Build());
        var request = Resources.Of<CertificateSigningRequest>().Item(Encoding.UTF8.GetBytes($$$"""
            {"metadata":{"name":"r","uid":"u"},"spec":{"username":"{{{user}}}","groups":["system:nodes"],"signerName":"{{{Csr.NodeServing}}}","usages":["server auth","digital signature"],
             "request":"{{{Convert.ToBase64String(Encoding.ASCII.GetBytes(asked.CreateSigningRequestPem()))}}}"} }
            """));
        var told = string.Join(',', addresses.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(a => $$"""{"type":"{{(char.IsDigit(a[0]) ? "InternalIP" : "Hostname")}}","address":"{{a}}"}"""));
        var known = node is null ? null : Resources.Of<Kinds.Core.Node>().Item(Encoding.UTF8.GetBytes($$$"""{"metadata":{"name":"{{{node}}}","uid":"n"},"status":{"addresses":[{{{told}}}]} }"""));
        Assert.That(PlanText.Of(CsrApprovingController.PlanFor(new(request, DateTimeOffset.UnixEpoch, known) { ApiAddresses = addresses.EndsWith("api", StringComparison.Ordinal) ? ["10.0.0.1"] : [] })), approved ? Is.Not.Empty : Is.Empty);
    }

    private static byte[] Request(string subject, string names)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(new X500DistinguishedName(subject), key, HashAlgorithmName.SHA256);
        var others = new SubjectAlternativeNameBuilder();
        if (names.Contains("dns", StringComparison.Ordinal)) others.AddDnsName("n1");
        if (names.Contains("mail", StringComparison.Ordinal)) others.AddEmailAddress("a@b.c");
        if (names.Contains("link", StringComparison.Ordinal)) others.AddUri(new Uri("http://n1"));
        if (names.Length > 0) request.CertificateExtensions.Add(others.Build());
        return Encoding.ASCII.GetBytes(request.CreateSigningRequestPem());
    }
}
