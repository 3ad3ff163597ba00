using System.Security.Cryptography.X509Certificates;

namespace MiniKube.Server.Pki;

/// <summary>Judgements on certificates; the clock is an argument.</summary>
public static class CertificateChecks
{
    private const string ClientAuth = "1.3.6.1.5.5.7.3.2";

    /// <summary>Signed by this authority, for the one it should be for, and not in the last third of its life.</summary>
    public static bool StillGood(X509Certificate2 certificate, X509Certificate2 authority, CertificateSpec spec, DateTimeOffset now)
    {
        var life = certificate.NotAfter - certificate.NotBefore;
        if (now < certificate.NotBefore || now > certificate.NotBefore + life * 2 / 3) return false;
        if (!SignedBy(certificate, [authority])) return false;
        var (name, organizations) = DistinguishedNames.Of(certificate.SubjectName);
        if (name != spec.CommonName || !organizations.SequenceEqual(spec.Organizations)) return false;
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault();
        return spec.DnsNames.All(n => names?.EnumerateDnsNames().Contains(n) == true)
            && spec.Addresses.All(a => names?.EnumerateIPAddresses().Contains(a) == true);
    }

    public static bool SignedBy(X509Certificate2 certificate, IReadOnlyList<X509Certificate2> authorities)
    {
        using var chain = Chain(authorities);
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid;
        return chain.Build(certificate);
    }

    /// <summary>Why a client's certificate proves nothing, or null when it does.</summary>
    public static string? ClientFault(X509Certificate2 certificate, IReadOnlyList<X509Certificate2> authorities, DateTimeOffset now)
    {
        if (now < certificate.NotBefore || now > certificate.NotAfter) return "certificate has expired or is not yet valid";
        var uses = certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().FirstOrDefault();
        if (uses is not null && !uses.EnhancedKeyUsages.Cast<System.Security.Cryptography.Oid>().Any(o => o.Value == ClientAuth))
            return "certificate is not for client authentication";
        using var chain = Chain(authorities);
        chain.ChainPolicy.VerificationTime = now.UtcDateTime;
        return chain.Build(certificate) ? null : "certificate signed by unknown authority";
    }

    private static X509Chain Chain(IReadOnlyList<X509Certificate2> authorities)
    {
        var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        foreach (var authority in authorities) chain.ChainPolicy.CustomTrustStore.Add(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        return chain;
    }
}
