using System.Security.Cryptography.X509Certificates;

namespace MiniKube.Server.Pki;

/// <summary>Every certificate in a directory of keys.</summary>
public static class CertificateInventory
{
    /// <summary>The files by name, authorities first.</summary>
    public static IEnumerable<(string File, X509Certificate2 Certificate)> Of(string directory)
    {
        foreach (var path in Directory.GetFiles(directory, "*.crt").OrderBy(p => !IsAuthority(Name(p))).ThenBy(Name, StringComparer.Ordinal))
        {
            var all = new X509Certificate2Collection();
            all.ImportFromPemFile(path);
            foreach (var certificate in all) yield return (Name(path), certificate);
        }
    }

    /// <summary>Those that an authority issued and can issue again.</summary>
    internal static IReadOnlyList<string> LeafFiles(string directory) =>
        [.. Directory.GetFiles(directory, "*.crt").Select(Name).Where(n => !IsAuthority(n)).Order(StringComparer.Ordinal)];

    private static bool IsAuthority(string name) => name is "ca" or "ca-old" or "ca-cross" or "front-proxy-ca" or "front-proxy-ca-old" or "front-proxy-ca-cross";

    private static string Name(string path) => Path.GetFileNameWithoutExtension(path);
}
