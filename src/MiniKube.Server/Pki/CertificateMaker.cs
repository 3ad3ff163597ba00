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

    /// <summary>What a certificate says, as the order for another like it.</summary>
    public static CertificateSpec Of(X509Certificate2 certificate)
    {
        var (name, organizations) = DistinguishedNames.Of(certificate.SubjectName);
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault();
        var uses = certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().SelectMany(e => e.EnhancedKeyUsages.Cast<Oid>()).Select(o => o.Value).ToList();
        return new CertificateSpec(name)
        {
            Organizations = organizations, DnsNames = [.. names?.EnumerateDnsNames() ?? []], Addresses = [.. names?.EnumerateIPAddresses() ?? []],
            ForServer = uses.Contains(CertificateMaker.ServerAuth), ForClient = uses.Contains(CertificateMaker.ClientAuth),
        };
    }
}

/// <summary>Makes keys and certificates; ECDSA P-256 throughout.</summary>
public static class CertificateMaker
{
    internal const string ServerAuth = "1.3.6.1.5.5.7.3.1";
    internal const string ClientAuth = "1.3.6.1.5.5.7.3.2";

    // A machine without a battery clock may believe in an earlier day than its clients do, never in a later one by much.
    private static readonly TimeSpan Backdate = TimeSpan.FromHours(1);

    // Whatever day a machine without a clock believes in, its authority counts from before until well after: a wrong
    // clock at the first start must not leave a cluster that nobody can trust.
    private static readonly DateTimeOffset Earliest = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Latest = new(2036, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static X509Certificate2 Authority(string name, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return SelfSigned(new X500DistinguishedName($"CN={name}"), key, now);
    }

    /// <summary>The same authority, name and key, for ten more years: what it signed stays signed.</summary>
    public static X509Certificate2 Prolonged(X509Certificate2 authority, DateTimeOffset now) => SelfSigned(authority.SubjectName, authority.GetECDsaPrivateKey()!, now);

    /// <summary>One authority vouching for another: who knows only the elder can trust the younger by it.</summary>
    public static X509Certificate2 Crossed(X509Certificate2 elder, X509Certificate2 younger, DateTimeOffset now)
    {
        var request = new CertificateRequest(younger.SubjectName, younger.GetECDsaPublicKey()!, HashAlgorithmName.SHA256);
        MakeAuthority(request);
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(elder, true, false));
        return request.Create(elder, now - Backdate < elder.NotBefore ? elder.NotBefore : now - Backdate, elder.NotAfter, Serial());
    }

    private static X509Certificate2 SelfSigned(X500DistinguishedName name, ECDsa key, DateTimeOffset now)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        MakeAuthority(request);
        return request.CreateSelfSigned(now < Earliest ? now - Backdate : Earliest, (now > Latest ? now : Latest).AddYears(10));
    }

    private static void MakeAuthority(CertificateRequest request)
    {
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
    }

    private static byte[] Serial()
    {
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] &= 0x7f;
        return serial;
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
        var until = now + spec.Life;
        if (until > authority.NotAfter) until = authority.NotAfter;
        // The one who asks may have a key of another make than the authority's.
        using var key = authority.GetECDsaPrivateKey()!;
        return request.Create(authority.SubjectName, X509SignatureGenerator.CreateForECDsa(key), now - Backdate, until, Serial());
    }

    private static X500DistinguishedName Subject(CertificateSpec spec)
    {
        var name = new X500DistinguishedNameBuilder();
        foreach (var organization in spec.Organizations) name.AddOrganizationName(organization);
        name.AddCommonName(spec.CommonName);
        return name.Build();
    }
}
