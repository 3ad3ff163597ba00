using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MiniKube.Server.Pki;

/// <summary>
/// The cluster's keys and certificates on disk: made at first start, read afterwards, issued again when they near their
/// end, when the clock turns out to have been wrong, or when the server's names and addresses changed.
/// </summary>
public sealed class ClusterPki
{
    private readonly string directory;
    private readonly TimeProvider time;
    private volatile X509Certificate2 serving;

    private ClusterPki(string directory, TimeProvider time, IReadOnlyList<string> names, IReadOnlyList<IPAddress> addresses)
    {
        this.directory = directory;
        this.time = time;
        PrivateFile.MakeDirectory(directory);
        Authority = AuthorityOf("ca", "minik-ca");
        FrontProxyAuthority = AuthorityOf("front-proxy-ca", "minik-front-proxy-ca");
        ServiceAccountKey = KeyOf("service-account.key");
        ServingSpec = new CertificateSpec("kube-apiserver") { DnsNames = names, Addresses = addresses, ForServer = true };
        serving = Leaf("apiserver", ServingSpec);
    }

    public X509Certificate2 Authority { get; }
    public X509Certificate2 FrontProxyAuthority { get; }
    public ECDsa ServiceAccountKey { get; }
    public CertificateSpec ServingSpec { get; }

    /// <summary>The certificate to serve with right now; renewal swaps it without a restart.</summary>
    public X509Certificate2 Serving => serving;

    public string AuthorityPem => Authority.ExportCertificatePem() + "\n";

    public static ClusterPki Open(string directory, TimeProvider time, IReadOnlyList<string> names, IReadOnlyList<IPAddress> addresses) =>
        new(directory, time, names, addresses);

    /// <summary>A client certificate kept under this name, issued when there is none that is any good.</summary>
    public X509Certificate2 Client(string file, string commonName, params IReadOnlyList<string> organizations) =>
        Leaf(file, new CertificateSpec(commonName) { Organizations = organizations, ForClient = true });

    public X509Certificate2 Server(string file, CertificateSpec spec) => Leaf(file, spec);

    /// <summary>Issues the serving certificate again if it is in the last third of its life; true when it did.</summary>
    public bool Renew()
    {
        var current = serving;
        serving = Leaf("apiserver", ServingSpec);
        return !ReferenceEquals(current, serving) && current.Thumbprint != serving.Thumbprint;
    }

    private X509Certificate2 Leaf(string file, CertificateSpec spec)
    {
        var (certificatePath, keyPath) = (At(file + ".crt"), At(file + ".key"));
        var now = time.GetUtcNow();
        if (File.Exists(certificatePath) && File.Exists(keyPath))
        {
            var known = X509Certificate2.CreateFromPemFile(certificatePath, keyPath);
            if (CertificateChecks.StillGood(known, Authority, spec, now)) return known;
        }
        var made = CertificateMaker.Issue(Authority, spec, now);
        PrivateFile.Write(keyPath, made.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        PrivateFile.Write(certificatePath, made.ExportCertificatePem() + "\n");
        return made;
    }

    private X509Certificate2 AuthorityOf(string file, string name)
    {
        var (certificatePath, keyPath) = (At(file + ".crt"), At(file + ".key"));
        if (File.Exists(certificatePath) && File.Exists(keyPath)) return X509Certificate2.CreateFromPemFile(certificatePath, keyPath);
        var made = CertificateMaker.Authority(name, time.GetUtcNow());
        PrivateFile.Write(keyPath, made.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        PrivateFile.Write(certificatePath, made.ExportCertificatePem() + "\n");
        return made;
    }

    private ECDsa KeyOf(string file)
    {
        var path = At(file);
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        if (File.Exists(path)) key.ImportFromPem(File.ReadAllText(path));
        else PrivateFile.Write(path, key.ExportPkcs8PrivateKeyPem());
        return key;
    }

    private string At(string file) => Path.Combine(directory, file);
}
