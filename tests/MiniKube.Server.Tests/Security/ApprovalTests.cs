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

    [TestCase("approval", """[{"type":"Approved","status":"True"},{"type":"Denied","status":"True"}]""", "status.conditions[1].type: Invalid value: \"Denied\": Approved and Denied conditions are mutually exclusive")]
    [TestCase("approval", """[{"type":"Approved","status":"False"}]""", "status.conditions[0].status: Unsupported value: \"False\": supported values: \"True\"")]
    [TestCase("approval", """[{"status":"True"}]""", "status.conditions[0].type: Required value")]
    [TestCase("approval", """[{"type":"A","status":"True"},{"type":"A","status":"True"}]""", "status.conditions[1].type: Duplicate value: \"A\"")]
    [TestCase("status", """[{"type":"Approved","status":"True"}]""", "status.conditions: Forbidden: updates may not add a condition of type \"Approved\"")]
    [TestCase("approval", "[]", "status.conditions: Forbidden: updates may not remove a condition of type \"Failed\"", TestName = "What failed stays failed")]
    public async Task What_was_decided_stays_so_and_is_decided_once(string subresource, string conditions, string fault)
    {
        if (conditions == "[]") await server.Send("PATCH", $"{Requests}/r/status", """{"status":{"conditions":[{"type":"Failed","status":"True"}]}}""", "application/merge-patch+json");
        var (code, body) = await server.Send("PATCH", $"{Requests}/r/{subresource}", $$"""{"status":{"conditions":{{conditions}} } }""", "application/merge-patch+json");
        Assert.That($"{code} {body.Text("message")}", Is.EqualTo($"422 CertificateSigningRequest.certificates.k8s.io \"r\" is invalid: {fault}"));
    }

    [Test]
    public async Task The_signer_of_before_there_were_signers_is_refused()
    {
        var (_, read) = await server.Send("GET", $"{Requests}/r");
        var body = new JsonMap { { "metadata", new JsonMap { { "name", "old" } } }, { "spec", read.Map("spec")!.CloneMap() } };
        body.Map("spec")!.Set("signerName", "kubernetes.io/legacy-unknown");
        var (code, answer) = await server.Send("POST", Requests, body.ToString());
        Assert.That((code, answer.Text("message")), Is.EqualTo((422, "CertificateSigningRequest.certificates.k8s.io \"old\" is invalid: spec.signerName: Invalid value: \"kubernetes.io/legacy-unknown\": the legacy signerName is not allowed via this API version")));
    }
}
