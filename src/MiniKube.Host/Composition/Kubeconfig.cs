using System.Security.Cryptography.X509Certificates;
using System.Text;
using MiniKube.Machinery;

namespace MiniKube.Host;

/// <summary>A kubeconfig for one user of this cluster.</summary>
internal static class Kubeconfig
{
    public static string For(string server, string authorityPem, X509Certificate2 client) => YamlWriter.Write(new JsonMap
    {
        { "apiVersion", "v1" }, { "kind", "Config" },
        {
            "clusters", JsonList.Of(new JsonMap
            {
                { "name", "minik" },
                { "cluster", new JsonMap { { "server", server }, { "certificate-authority-data", Encode(authorityPem) } } },
            })
        },
        {
            "users", JsonList.Of(new JsonMap
            {
                { "name", "admin" },
                {
                    "user", new JsonMap
                    {
                        { "client-certificate-data", Encode(client.ExportCertificatePem() + "\n") },
                        { "client-key-data", Encode(client.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem() + "\n") },
                    }
                },
            })
        },
        { "contexts", JsonList.Of(new JsonMap { { "name", "minik" }, { "context", new JsonMap { { "cluster", "minik" }, { "user", "admin" } } } }) },
        { "current-context", "minik" },
    });

    /// <summary>Complete or unchanged, and with its final mode from the first byte on.</summary>
    public static void Write(string path, string text, string mode)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var temporary = path + ".new";
        File.Delete(temporary);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = (UnixFileMode)Convert.ToInt32(mode, 8);
        using (var file = new StreamWriter(temporary, options)) file.Write(text);
        File.Move(temporary, path, overwrite: true);
    }

    private static string Encode(string text) => Convert.ToBase64String(Encoding.ASCII.GetBytes(text));
}
