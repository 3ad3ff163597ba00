using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MiniKube.Server.Pki;

namespace MiniKube.Host;

/// <summary>The keys of a node that has joined: below its data directory, readable for nobody else.</summary>
internal sealed class NodeKeys(string dataDir, string node)
{
    private readonly string directory = Path.Combine(dataDir, "agent", "pki");
    private volatile X509Certificate2? client;
    private volatile X509Certificate2? serving;
    private volatile X509Certificate2Collection? authorities;

    /// <summary>Whose certificates are believed, the one that signs now first; null before the first joining.</summary>
    public X509Certificate2Collection? Authorities => authorities ??= Many(At("ca.crt"));

    public X509Certificate2? Client => client ??= OnDisk("kubelet-client.pem");

    public X509Certificate2? Serving => serving ??= OnDisk("kubelet-serving.pem");

    /// <summary>What a node's own certificate must say.</summary>
    public CertificateSpec ClientSpec => new($"system:node:{node}") { Organizations = ["system:nodes"], ForClient = true };

    /// <summary>For the node's own port; without an address where the cluster certifies the name alone.</summary>
    public CertificateSpec ServingSpec(IPAddress? address) => ClientSpec with { DnsNames = [node], Addresses = address is null ? [] : [address], ForServer = true, ForClient = false };

    /// <summary>Whether the node's own port can go on with what it has: one certified by name alone stays so.</summary>
    public bool IsServing(IPAddress address, DateTimeOffset now) => Serving is { } shown && IsFresh(shown, ServingSpec(CertificateSpec.Of(shown).Addresses.Count > 0 ? address : null), now);

    /// <summary>Whether a certificate is there that says so, signed by who signs now, and with more than a third of its life before it.</summary>
    public bool IsFresh(X509Certificate2? certificate, CertificateSpec spec, DateTimeOffset now) =>
        certificate is not null && Authorities is { Count: > 0 } known && CertificateChecks.StillGood(certificate, known[0], spec, now);

    /// <summary>Whether the node can still come in with what it has.</summary>
    public bool IsKnown(DateTimeOffset now) => Client is { } own && now < own.NotAfter && DistinguishedNames.Of(own.SubjectName).CommonName == $"system:node:{node}" && Authorities is not null;

    public void Believe(X509Certificate2Collection known)
    {
        var text = string.Concat(known.Select(a => a.ExportCertificatePem() + "\n"));
        PrivateFile.MakeDirectory(directory);
        if (!File.Exists(At("ca.crt")) || File.ReadAllText(At("ca.crt")) != text) PrivateFile.Write(At("ca.crt"), text);
        authorities = known;
    }

    public void KeepClient(string certificate, ECDsa key) => client = Keep("kubelet-client.pem", certificate, key);

    public void KeepServing(string certificate, ECDsa key) => serving = Keep("kubelet-serving.pem", certificate, key);

    /// <summary>As if the node had never joined.</summary>
    public void Forget()
    {
        if (Directory.Exists(directory)) Directory.Delete(directory, recursive: true);
        (client, serving, authorities) = (null, null, null);
    }

    /// <summary>Key and certificate in one file: never one without the other.</summary>
    private X509Certificate2? Keep(string file, string certificate, ECDsa key)
    {
        PrivateFile.MakeDirectory(directory);
        PrivateFile.Write(At(file), certificate.TrimEnd() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n");
        return OnDisk(file);
    }

    private X509Certificate2? OnDisk(string file)
    {
        try
        {
            return File.Exists(At(file)) ? X509Certificate2.CreateFromPemFile(At(file)) : null;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            return null;
        }
    }

    private static X509Certificate2Collection? Many(string path)
    {
        if (!File.Exists(path)) return null;
        var all = new X509Certificate2Collection();
        all.ImportFromPemFile(path);
        return all;
    }

    private string At(string file) => Path.Combine(directory, file);
}
