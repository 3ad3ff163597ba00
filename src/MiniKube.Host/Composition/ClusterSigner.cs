using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MiniKube.Controllers;
using MiniKube.Machinery;
using MiniKube.Server.Pki;

namespace MiniKube.Host;

/// <summary>Signs approved requests with the cluster's CA; what may be asked of which signer was checked before.</summary>
internal sealed class ClusterSigner(ClusterPki pki, TimeProvider time) : ICertificateSigner
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(365);

    public Result<string> Sign(byte[] request, string signerName, IReadOnlyList<string> usages, TimeSpan? lifetime)
    {
        try
        {
            var loaded = CertificateRequest.LoadSigningRequestPem(Encoding.ASCII.GetString(request), HashAlgorithmName.SHA256, CertificateRequestLoadOptions.UnsafeLoadCertificateExtensions);
            var names = loaded.CertificateExtensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault();
            var spec = new CertificateSpec("")
            {
                DnsNames = [.. names?.EnumerateDnsNames() ?? []],
                Addresses = [.. names?.EnumerateIPAddresses() ?? []],
                ForServer = usages.Contains("server auth"),
                ForClient = usages.Contains("client auth"),
                Life = lifetime is { } asked && asked < Longest ? asked : Longest,
            };
            using var signed = CertificateMaker.Sign(pki.Authority, loaded, spec, time.GetUtcNow());
            return signed.ExportCertificatePem() + "\n";
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            return ApiError.BadRequest($"the certificate request can't be read: {e.Message}");
        }
    }
}

/// <summary>Tokens for Secrets of type service-account-token.</summary>
internal sealed class LegacyTokenMint(Server.ServiceAccountTokens tokens) : ITokenMint
{
    public string Mint(string ns, string account, string accountUid, string secret, string secretUid) =>
        tokens.IssueLegacy(ns, new JsonMap { { "metadata", new JsonMap { { "name", account }, { "uid", accountUid } } } }, secret);
}
