using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MiniKube.Machinery;

namespace MiniKube.Server.Tests.Security;

/// <summary>What may be changed of a signing request through which door.</summary>
[TestFixture]
public sealed class ApprovalTests
{
    private const string Requests = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
    private const string Approved = """{"conditions":[{"type":"Approved","status":"True","reason":"R","message":"m"}],"certificate":"Zm9yZ2Vk"}""";

    private TestServer server = null!;

    [SetUp]
    public async Task Start()
    {
        server = await TestServer.Start();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var pem = new CertificateRequest("CN=jane", key, HashAlgorithmName.SHA256).CreateSigningRequestPem();
        var (code, _) = await server.Send("POST", Requests, $$$"""
            {"metadata":{"name":"r"},"spec":{"signerName":"example.com/s","usages":["client auth"],"request":"{{{Convert.ToBase64String(Encoding.ASCII.GetBytes(pem))}}}"},"status":{{{Approved}}}}
            """);
        Assert.That(code, Is.EqualTo(201));
    }

    [TearDown]
    public async Task Stop() => await server.DisposeAsync();

    private async Task<(string Conditions, string? Certificate)> Seen()
    {
        var (_, read) = await server.Send("GET", $"{Requests}/r");
        var status = read.Map("status")!;
        return (string.Join(',', (status.List("conditions") ?? []).Maps().Select(c => c.Text("type"))), status.Text("certificate"));
    }

    [Test]
    public async Task Nobody_approves_his_own_request_by_creating_or_updating_it()
    {
        var (_, read) = await server.Send("GET", $"{Requests}/r");
        read.Set("status", JsonReader.ParseMap(Approved));
        await server.Send("PUT", $"{Requests}/r", read.ToString());
        Assert.That(await Seen(), Is.EqualTo(("", (string?)null)));
    }

    [TestCase("PUT")]
    [TestCase("PATCH")]
    public async Task An_approval_changes_the_conditions_and_nothing_else(string method)
    {
        var (_, read) = await server.Send("GET", $"{Requests}/r");
        read.Set("status", JsonReader.ParseMap(Approved));
        read.Map("spec")!.Set("signerName", "example.com/other");
        var (code, answered) = method == "PUT"
            ? await server.Send("PUT", $"{Requests}/r/approval", read.ToString())
            : await server.Send("PATCH", $"{Requests}/r/approval", $$$"""{"spec":{"signerName":"example.com/other"},"status":{{{Approved}}}}""", "application/merge-patch+json");
        Assert.That((code, answered.Map("spec")?.Text("signerName")), Is.EqualTo((200, "example.com/s")));
        Assert.That(await Seen(), Is.EqualTo(("Approved", (string?)null)));
    }

    [Test]
    public async Task The_certificate_comes_through_status()
    {
        var (code, _) = await server.Send("PATCH", $"{Requests}/r/status", """{"status":{"conditions":[{"type":"Failed","status":"True"}]}}""", "application/merge-patch+json");
        Assert.That((code, await Seen()), Is.EqualTo((200, ("Failed", (string?)null))));
    }
}
