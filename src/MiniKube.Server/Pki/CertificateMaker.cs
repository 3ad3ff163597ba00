using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MiniKube.Server.Pki;

/// <summary>What a certificate should say.</summary>
public sealed record CertificateSpec(string CommonName)
{
    public IReadOnlyList<string> Organizations { get; init; } = [];
    public IReadOnlyList<string> DnsNames { get; init; } = [];
    public IReadOnlyList<IPAddress> Addresses { get; init; } = [];
    public bool ForServer { get; init; }
    public bool ForClient { get; init; }
    public TimeSpan Life { get; init; } = TimeSpan.FromDays(365);
}

/// <summary>Makes keys and certificates; ECDSA P-256 throughout.</summary>
public static class CertificateMaker
{
    private const string ServerAuth = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuth = "1.3.6.1.5.5.7.3.2";

    // A machine without a battery clock may believe in an earlier day than its clients do, never in a later one by much.
    private static readonly TimeSpan Backdate = TimeSpan.FromHours(1);

    public static X509Certificate2 Authority(string name, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request.CreateSelfSigned(now - Backdate, now.AddYears(10));
    }

    public static X509Certificate2 Issue(X509Certificate2 authority, CertificateSpec spec, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var signed = Sign(authority, new CertificateRequest(Subject(spec), key, HashAlgorithmName.SHA256), spec, now);
        return signed.CopyWithPrivateKey(key);
    }

    /// <summary>Signs somebody else's request: its key and subject, our extensions.</summary>
    public static X509Certificate2 Sign(X509Certificate2 authority, CertificateRequest request, CertificateSpec spec, DateTimeOffset now)
    {
        request.CertificateExtensions.Clear();
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyEncipherment, true));
        var uses = new OidCollection();
        if (spec.ForServer) uses.Add(new Oid(ServerAuth));
        if (spec.ForClient) uses.Add(new Oid(ClientAuth));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(uses, false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, true, false));
        if (spec.DnsNames.Count + spec.Addresses.Count > 0)
        {
            var names = new SubjectAlternativeNameBuilder();
            foreach (var name in spec.DnsNames) names.AddDnsName(name);
            foreach (var address in spec.Addresses) names.AddIpAddress(address);
            request.CertificateExtensions.Add(names.Build());
        }
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] &= 0x7f;
        var until = now + spec.Life;
        if (until > authority.NotAfter) until = authority.NotAfter;
        return request.Create(authority, now - Backdate, until, serial);
    }

    private static X500DistinguishedName Subject(CertificateSpec spec)
    {
        var name = new X500DistinguishedNameBuilder();
        foreach (var organization in spec.Organizations) name.AddOrganizationName(organization);
        name.AddCommonName(spec.CommonName);
        return name.Build();
    }
}
