using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Http;
using MiniKube.Machinery;

namespace MiniKube.Server.Tests.Security;

/// <summary>Every way to prove who one is against everything that can be wrong with a proof, asked over HTTP.</summary>
[TestFixture]
public sealed class AuthenticatorTests
{
    public static IEnumerable<TestCaseData> Pairs() =>
        from authenticator in Enum.GetValues<Proof>()
        from fault in Enum.GetValues<Fault>()
        where !Credentials.Without.ContainsKey((authenticator, fault))
        select new TestCaseData(authenticator, fault).SetArgDisplayNames(authenticator.ToString(), fault.ToString());

    [TestCaseSource(nameof(Pairs))]
    public async Task A_proof_counts_if_nothing_is_wrong_with_it(Proof proof, Fault fault)
    {
        await using var scene = await CredentialScene.Start();
        // The good one of the same making counts in the same place, so that nothing but the fault is refused.
        Assert.That(await Asked(scene, await Credentials.Make(scene, proof, Fault.None)), Is.EqualTo((201, Credentials.NameOf(scene, proof))));
        if (fault != Fault.None) Assert.That(await Asked(scene, await Credentials.Make(scene, proof, fault)), Is.EqualTo((401, (string?)null)));
    }

    [Test]
    public void What_cannot_be_wrong_with_a_proof_says_why()
    {
        Assert.That(Credentials.Without.Values, Is.All.Not.Empty);
        Assert.That(Pairs().Count(), Is.EqualTo(Enum.GetValues<Proof>().Length * Enum.GetValues<Fault>().Length - Credentials.Without.Count));
    }

    private static async Task<(int Code, string? Name)> Asked(CredentialScene scene, Credential credential)
    {
        var http = new DefaultHttpContext();
        var body = Encoding.ASCII.GetBytes("""{"kind":"SelfSubjectReview","apiVersion":"authentication.k8s.io/v1"}""");
        (http.Request.Method, http.Request.Path, http.Request.ContentType, http.Request.ContentLength) = ("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", "application/json", body.Length);
        http.Request.Body = new MemoryStream(body);
        http.Connection.ClientCertificate = credential.Certificate;
        if (credential.Token is { } token) http.Request.Headers.Authorization = "Bearer " + token;
        using var answer = new MemoryStream();
        http.Response.Body = answer;
        await scene.Server.Assembly.Front.Serve(http);
        var read = JsonReader.ReadMap(answer.ToArray());
        if (http.Response.StatusCode == 401) Assert.That((read.Text("reason"), read.Text("message")), Is.EqualTo(("Unauthorized", "Unauthorized")));
        return (http.Response.StatusCode, read.Map("status")?.Map("userInfo")?.Text("username"));
    }
}

/// <summary>What is shown: a certificate in the handshake, or a token in a header.</summary>
internal sealed record Credential(X509Certificate2? Certificate, string? Token);
