using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace MiniKube.ControlLoop;

/// <summary>How a client proves who it is and believes who the server is: by the cluster's authorities and no others.</summary>
public static class ClientTls
{
    public static SslClientAuthenticationOptions For(HttpApiOptions options)
    {
        var tls = new SslClientAuthenticationOptions();
        if (options.ServerName is not null) tls.TargetHost = options.ServerName;
        if (options.AnyServer)
        {
            tls.RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null;
        }
        else if (options.Authorities is not null)
        {
            tls.RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
                (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) == 0 && certificate is not null && IsSignedBy(options.Authorities!, certificate, chain);
        }
        if (options.ClientCertificate is not null) tls.LocalCertificateSelectionCallback = (_, _, _, _, _) => options.ClientCertificate!;
        return tls;
    }

    /// <summary>What the server shows between itself and an authority counts: an authority that has been succeeded vouches for its successor there.</summary>
    public static bool IsSignedBy(X509Certificate2Collection authorities, X509Certificate certificate, X509Chain? shown)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        if (shown is not null) chain.ChainPolicy.ExtraStore.AddRange(shown.ChainPolicy.ExtraStore);
        using var leaf = X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
        return chain.Build(leaf);
    }
}
