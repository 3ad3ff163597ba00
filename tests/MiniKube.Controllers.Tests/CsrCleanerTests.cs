using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MiniKube.ControlLoop;
using MiniKube.Kinds.Certificates;
using MiniKube.TestKit;

namespace MiniKube.Controllers.Tests;

/// <summary>How long requests for certificates stay. Made at 00:00; now it is 01:30.</summary>
public class CsrCleanerTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.Parse("2026-01-01T01:30:00Z");

    [TestCase(null, null, null, "recheck 81000s", TestName = "Nobody_has_decided_yet")]
    [TestCase("Denied", "2026-01-01T01:00:00Z", null, "recheck 1800s", TestName = "Denied_half_an_hour_ago")]
    [TestCase("Denied", "2026-01-01T00:30:00Z", null, "delete certificatesigningrequests.certificates.k8s.io r", TestName = "Denied_an_hour_ago")]
    [TestCase("Failed", "2026-01-01T00:30:00Z", null, "delete certificatesigningrequests.certificates.k8s.io r", TestName = "Failed_an_hour_ago")]
    [TestCase("Approved", "2026-01-01T00:10:00Z", null, null, TestName = "Approved_but_not_signed")]
    [TestCase("Approved", "2026-01-01T01:00:00Z", "2027-01-01T00:00:00Z", "recheck 1800s", TestName = "Signed_half_an_hour_ago")]
    [TestCase("Approved", "2026-01-01T00:10:00Z", "2027-01-01T00:00:00Z", "delete certificatesigningrequests.certificates.k8s.io r", TestName = "Signed_long_ago")]
    [TestCase("Approved", "2026-01-01T01:00:00Z", "2026-01-01T01:20:00Z", "delete certificatesigningrequests.certificates.k8s.io r", TestName = "The_certificate_is_over")]
    [TestCase("Approved", "2026-01-01T01:00:00Z", "2026-01-01T01:40:00Z", "recheck 600s", TestName = "The_certificate_is_over_soon")]
    public void Stays_or_goes(string? condition, string? at, string? certificateEnds, string? plan)
    {
        var conditions = condition is null ? "" : $$""" "conditions":[{"type":"{{condition}}","status":"True","lastUpdateTime":"{{at}}","lastTransitionTime":"{{at}}"}] """;
        var certificate = certificateEnds is null ? "" : $", \"certificate\":\"{Certificate(DateTimeOffset.Parse(certificateEnds))}\"";
        var request = Resources.Of<CertificateSigningRequest>().Item(Encoding.UTF8.GetBytes(
            $$$"""{"metadata":{"name":"r","uid":"u","creationTimestamp":"2026-01-01T00:00:00Z"},"spec":{},"status":{ {{{conditions}}}{{{certificate}}} } }"""));
        Assert.That(PlanText.Of(CsrCleanerController.PlanFor(new(request, Now))), Is.EqualTo(plan is null ? [] : new[] { plan }));
    }

    private static string Certificate(DateTimeOffset ends)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var made = new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.Parse("2025-12-31T00:00:00Z"), ends);
        return Convert.ToBase64String(Encoding.UTF8.GetBytes(made.ExportCertificatePem()));
    }
}
