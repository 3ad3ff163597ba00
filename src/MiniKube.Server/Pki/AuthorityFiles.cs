using System.Security.Cryptography.X509Certificates;

namespace MiniKube.Server.Pki;

/// <summary>Who signs now, who signed before and is still believed, and the certificates by which the elder vouch for the younger.</summary>
public sealed record Authorities(X509Certificate2 Current, IReadOnlyList<X509Certificate2> Older, IReadOnlyList<X509Certificate2> Crossed)
{
    /// <summary>All that are believed, the current one first.</summary>
    public IReadOnlyList<X509Certificate2> Trusted { get; } = [Current, .. Older];
}

/// <summary>
/// An authority on the disk: NAME.crt and .key, NAME-old.crt and NAME-cross.crt during a transition. Replacing it is one
/// step: NAME-next.pem holds key and certificate until both are in their places, and is finished at the next opening
/// if the machine stopped in between.
/// </summary>
internal sealed class AuthorityFiles(string directory, string file)
{
    public Authorities Open(string name, DateTimeOffset now)
    {
        if (File.Exists(Next)) Place();
        if (!File.Exists(Certificate) || !File.Exists(Key)) Write(CertificateMaker.Authority(name, now));
        var current = X509Certificate2.CreateFromPemFile(Certificate, Key);
        var lastThird = current.NotAfter - (current.NotAfter - current.NotBefore) / 3;
        if (now < current.NotBefore || now > lastThird)
        {
            var prolonged = CertificateMaker.Prolonged(current, now);
            // Of a wrong clock the certificate may know nothing: then it must not get shorter.
            if (prolonged.NotAfter > current.NotAfter || now < current.NotBefore) Write(current = prolonged);
        }
        return new(current, Many(Old), Many(Cross));
    }

    /// <summary>Another authority signs from here on; the one before it stays believed.</summary>
    public Authorities Replace(Authorities known, string name, DateTimeOffset now)
    {
        var fresh = CertificateMaker.Authority(name, now);
        var (older, crossed) = ((X509Certificate2[])[known.Current, .. known.Older], (X509Certificate2[])[CertificateMaker.Crossed(known.Current, fresh, now), .. known.Crossed]);
        PrivateFile.Write(Old, Pem(older));
        PrivateFile.Write(Cross, Pem(crossed));
        Write(fresh);
        return new(fresh, older, crossed);
    }

    /// <summary>Only the current one is believed from here on.</summary>
    public Authorities ForgetOlder(Authorities known)
    {
        File.Delete(Cross);
        File.Delete(Old);
        return new(known.Current, [], []);
    }

    public static string Pem(IEnumerable<X509Certificate2> certificates) => string.Concat(certificates.Select(c => c.ExportCertificatePem() + "\n"));

    private void Write(X509Certificate2 authority)
    {
        PrivateFile.Write(Next, authority.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem() + "\n" + Pem([authority]));
        Place();
    }

    private void Place()
    {
        using var next = X509Certificate2.CreateFromPemFile(Next, Next);
        PrivateFile.Write(Key, next.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        PrivateFile.Write(Certificate, Pem([next]));
        File.Delete(Next);
    }

    private static X509Certificate2[] Many(string path)
    {
        var all = new X509Certificate2Collection();
        if (File.Exists(path)) all.ImportFromPemFile(path);
        return [.. all];
    }

    private string Certificate => Path.Combine(directory, file + ".crt");
    private string Key => Path.Combine(directory, file + ".key");
    private string Old => Path.Combine(directory, file + "-old.crt");
    private string Cross => Path.Combine(directory, file + "-cross.crt");
    private string Next => Path.Combine(directory, file + "-next.pem");
}
