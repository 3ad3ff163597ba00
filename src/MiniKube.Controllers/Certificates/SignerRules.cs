using System.Security.Cryptography.X509Certificates;

namespace MiniKube.Controllers;

/// <summary>What each built-in signer asks of a request, whoever approved it: a node's certificate says it is a node's and nothing else.</summary>
public static class SignerRules
{
    private const string CommonName = "2.5.4.3", Organization = "2.5.4.10";

    /// <summary>Why that signer doesn't sign that, in upstream's words, or null.</summary>
    public static string? Fault(byte[]? pem, string? signer, IReadOnlyList<string> usages) =>
        Csr.Read(pem) is not { } request ? "unable to parse csr" : signer switch
        {
            Csr.Client => OfClient(usages),
            Csr.NodeClient => OfNode(request) ?? AlternativeNames(request, allowed: false) ?? Exactly(usages, "client auth"),
            Csr.NodeServing => OfNode(request) ?? AlternativeNames(request, allowed: true) ?? Exactly(usages, "server auth"),
            _ => null,
        };

    /// <summary>The node that a request's subject names, if it names one.</summary>
    public static string? Node(byte[]? pem) => Csr.Read(pem) is { } request && OfNode(request) is null ? Values(request, CommonName)[^1] : null;

    private static string? OfNode(CertificateRequest request) =>
        Values(request, Organization) is not ["system:nodes"] ? "subject organization is not system:nodes"
        : Values(request, CommonName) is not [.., var name] || !name.StartsWith("system:node:", StringComparison.Ordinal) ? "subject common name does not begin with \"system:node:\""
        : null;

    private static string? OfClient(IReadOnlyList<string> usages)
    {
        foreach (var usage in usages)
            if (usage is not ("digital signature" or "key encipherment" or "client auth")) return $"invalid usage for client certificate: {usage}";
        return usages.Contains("client auth") ? null : "missing required usage for client certificate: client auth";
    }

    private static string? Exactly(IReadOnlyList<string> usages, string use) =>
        usages.Distinct().Where(u => u != "key encipherment").Order(StringComparer.Ordinal).SequenceEqual(new[] { use, "digital signature" }.Order(StringComparer.Ordinal)) ? null
        : $"usages did not match [{string.Join(' ', new[] { use, "digital signature", "key encipherment" }.Order(StringComparer.Ordinal))}]";

    private static string? AlternativeNames(CertificateRequest request, bool allowed)
    {
        var (hosts, mails, links) = (0, 0, 0);
        foreach (var extension in request.CertificateExtensions.Where(e => e.Oid?.Value == "2.5.29.17"))
        {
            var names = new System.Formats.Asn1.AsnReader(extension.RawData, System.Formats.Asn1.AsnEncodingRules.DER).ReadSequence();
            while (names.HasData)
            {
                switch (names.PeekTag().TagValue)
                {
                    case 1: mails++; break;
                    case 2 or 7: hosts++; break;
                    case 6: links++; break;
                }
                names.ReadEncodedValue();
            }
        }
        if (allowed && hosts == 0) return "DNS or IP subjectAltName is required";
        if (!allowed && hosts > 0) return "DNS or IP subjectAltNames are not allowed";
        return mails > 0 ? "Email subjectAltNames are not allowed" : links > 0 ? "URI subjectAltNames are not allowed" : null;
    }

    private static string[] Values(CertificateRequest request, string type) =>
        [.. request.SubjectName.EnumerateRelativeDistinguishedNames(reversed: false)
            .SelectMany(part => part.HasMultipleElements ? ["?"] : part.GetSingleElementType().Value == type ? new[] { part.GetSingleElementValue() ?? "" } : [])];
}
