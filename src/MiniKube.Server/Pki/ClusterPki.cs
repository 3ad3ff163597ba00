using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MiniKube.Server.Pki;

/// <summary>
/// The cluster's keys and certificates on disk: made at first start, read afterwards, issued again when they near their
/// end, when the clock turns out to have been wrong, or when the server's names and addresses changed.
/// </summary>
public sealed class ClusterPki
{
    private const string ServingFile = "apiserver";
    private const string FrontProxyFile = "front-proxy-client";

    private readonly string directory;
    private readonly TimeProvider time;
    private readonly AuthorityFiles files;
    private readonly AuthorityFiles proxyFiles;
    private readonly Lock gate = new();
    private readonly Dictionary<string, (CertificateSpec Spec, X509Certificate2 Certificate)> leaves = new(StringComparer.Ordinal);
    private volatile Authorities authorities;
    private volatile Authorities proxyAuthorities;
    private volatile SslStreamCertificateContext? serving;

    private ClusterPki(string directory, TimeProvider time)
    {
        (this.directory, this.time) = (directory, time);
        PrivateFile.MakeDirectory(directory);
        files = new(directory, "ca");
        authorities = files.Open("minik-ca", time.GetUtcNow());
        proxyFiles = new(directory, "front-proxy-ca");
        proxyAuthorities = proxyFiles.Open("minik-front-proxy-ca", time.GetUtcNow());
        ServiceAccountKey = KeyOf("service-account.key");
    }

    public X509Certificate2 Authority => authorities.Current;
    public X509Certificate2 FrontProxyAuthority => proxyAuthorities.Current;
    public ECDsa ServiceAccountKey { get; }

    /// <summary>Whose certificates are believed: the authority, and in a transition those before it.</summary>
    public IReadOnlyList<X509Certificate2> Trusted => authorities.Trusted;

    /// <summary>Whose certificates may speak for others, see <see cref="FrontProxy"/>.</summary>
    public IReadOnlyList<X509Certificate2> TrustedForProxies => proxyAuthorities.Trusted;

    /// <summary>The certificate to serve with right now; renewal swaps it without a restart.</summary>
    public X509Certificate2 Serving => ServingChain.TargetCertificate;

    /// <summary>The same with what leads from it to the authorities that clients may know.</summary>
    public SslStreamCertificateContext ServingChain => serving ?? throw new InvalidOperationException("these keys were not opened to serve with");

    /// <summary>All authorities to believe, for clients.</summary>
    public string AuthorityPem => AuthorityFiles.Pem(Trusted);

    public string FrontProxyAuthorityPem => AuthorityFiles.Pem(TrustedForProxies);

    /// <summary>The keys of a server that goes by these names and addresses.</summary>
    public static ClusterPki Open(string directory, TimeProvider time, IReadOnlyList<string> names, IReadOnlyList<IPAddress> addresses)
    {
        var pki = new ClusterPki(directory, time);
        pki.Serve(names, addresses);
        pki.FrontProxyClient();
        return pki;
    }

    /// <summary>The keys for who does not serve: nothing is issued until asked for.</summary>
    public static ClusterPki OpenAsOwner(string directory, TimeProvider time) => new(directory, time);

    /// <summary>From here on a server of these names and addresses; true when that took another certificate.</summary>
    public bool Serve(IReadOnlyList<string> names, IReadOnlyList<IPAddress> addresses)
    {
        lock (gate)
        {
            var before = serving;
            Leaf(ServingFile, new CertificateSpec("kube-apiserver") { DnsNames = names, Addresses = addresses, ForServer = true });
            return before is not null && before != serving;
        }
    }

    /// <summary>A client certificate kept under this name, issued when there is none that is any good.</summary>
    public X509Certificate2 Client(string file, string commonName, params IReadOnlyList<string> organizations) =>
        Known(file) ?? Leaf(file, new CertificateSpec(commonName) { Organizations = organizations, ForClient = true });

    /// <summary>With what a front proxy of this cluster proves that it is one.</summary>
    public X509Certificate2 FrontProxyClient() => Known(FrontProxyFile) ?? Leaf(FrontProxyFile, new CertificateSpec(FrontProxy.ClientName) { ForClient = true });

    public X509Certificate2 Server(string file, CertificateSpec spec) => Known(file) ?? Leaf(file, spec);

    /// <summary>Issues again what is in the last third of its life or from another time altogether; the names of those files.</summary>
    public IReadOnlyList<string> Renew()
    {
        lock (gate)
        {
            var due = leaves.Where(l => !CertificateChecks.StillGood(l.Value.Certificate, AuthorityOf(l.Key), l.Value.Spec, time.GetUtcNow())).Select(l => (l.Key, l.Value.Spec)).ToList();
            foreach (var (file, spec) in due) Leaf(file, spec);
            return [.. due.Select(d => d.Key)];
        }
    }

    /// <summary>Issues every certificate again but the authorities; the names of their files.</summary>
    public IReadOnlyList<string> Reissue()
    {
        lock (gate)
        {
            var all = CertificateInventory.LeafFiles(directory);
            foreach (var file in all)
                Issue(file, leaves.TryGetValue(file, out var known) ? known.Spec : CertificateSpec.Of(X509CertificateLoader.LoadCertificateFromFile(At(file + ".crt"))));
            return all;
        }
    }

    /// <summary>Other authorities, and everything issued again by them. Who knows only the ones before can still come in and still trusts us.</summary>
    public void ReplaceAuthority()
    {
        lock (gate)
        {
            var now = time.GetUtcNow();
            authorities = files.Replace(authorities, Successor("minik-ca", authorities, now), now);
            proxyAuthorities = proxyFiles.Replace(proxyAuthorities, Successor("minik-front-proxy-ca", proxyAuthorities, now), now);
            Reissue();
        }
    }

    /// <summary>Ends the transition: certificates of former authorities are worth nothing from here on.</summary>
    public void ForgetFormerAuthorities()
    {
        lock (gate)
        {
            authorities = files.ForgetOlder(authorities);
            proxyAuthorities = proxyFiles.ForgetOlder(proxyAuthorities);
            if (leaves.TryGetValue(ServingFile, out var known)) Keep(ServingFile, known.Spec, known.Certificate);
        }
    }

    private X509Certificate2 AuthorityOf(string file) => file == FrontProxyFile ? FrontProxyAuthority : Authority;

    private static string Successor(string name, Authorities before, DateTimeOffset now) => string.Create(CultureInfo.InvariantCulture, $"{name}@{now.ToUnixTimeSeconds()}-{before.Older.Count + 2}");

    private X509Certificate2? Known(string file)
    {
        lock (gate) return leaves.TryGetValue(file, out var known) ? known.Certificate : null;
    }

    private X509Certificate2 Leaf(string file, CertificateSpec spec)
    {
        lock (gate)
            return OnDisk(file) is { } known && CertificateChecks.StillGood(known, AuthorityOf(file), spec, time.GetUtcNow()) ? Keep(file, spec, known) : Issue(file, spec);
    }

    private X509Certificate2 Issue(string file, CertificateSpec spec)
    {
        var made = CertificateMaker.Issue(AuthorityOf(file), spec, time.GetUtcNow());
        PrivateFile.Write(At(file + ".key"), made.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        PrivateFile.Write(At(file + ".crt"), AuthorityFiles.Pem([made]));
        return Keep(file, spec, made);
    }

    private X509Certificate2 Keep(string file, CertificateSpec spec, X509Certificate2 certificate)
    {
        if (file == ServingFile && (serving?.TargetCertificate.Thumbprint != certificate.Thumbprint || serving.IntermediateCertificates.Count != authorities.Crossed.Count))
            serving = SslStreamCertificateContext.Create(certificate, [.. authorities.Crossed], offline: true);
        leaves[file] = (spec, certificate);
        return certificate;
    }

    /// <summary>Null also where key and certificate don't belong together: the machine stopped between the two.</summary>
    private X509Certificate2? OnDisk(string file)
    {
        var (certificate, key) = (At(file + ".crt"), At(file + ".key"));
        try
        {
            return File.Exists(certificate) && File.Exists(key) ? X509Certificate2.CreateFromPemFile(certificate, key) : null;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            return null;
        }
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
