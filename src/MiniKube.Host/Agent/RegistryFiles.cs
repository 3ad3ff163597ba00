using System.Text;
using MiniKube.Kubelet.Images;

namespace MiniKube.Host;

/// <summary>Where mirrors of registries are described, and how containerd is told of hosts that need more than HTTPS.</summary>
internal static class RegistryFiles
{
    public static IReadOnlyList<string> Of(string dataDir) => [Path.Combine(dataDir, "registries.yaml"), "/etc/minik/registries.yaml"];

    /// <summary>Keeps a containerd of our own up to date with the file.</summary>
    public static async Task Follow(RegistriesFile file, string directory, TimeProvider time, CancellationToken cancel)
    {
        Registries? written = null;
        while (!cancel.IsCancellationRequested)
        {
            var now = file.Now();
            if (now != written) WriteHosts(now, directory);
            written = now;
            await Task.Delay(TimeSpan.FromSeconds(1), time, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>One directory a host, as containerd looks them up at every pull.</summary>
    public static void WriteHosts(Registries registries, string directory)
    {
        Directory.CreateDirectory(directory);
        var wanted = registries.Hosts.ToDictionary(h => h.Name, StringComparer.OrdinalIgnoreCase);
        foreach (var old in Directory.GetDirectories(directory))
            if (!wanted.ContainsKey(Path.GetFileName(old))) Directory.Delete(old, recursive: true);
        foreach (var (name, host) in wanted)
        {
            var place = Path.Combine(directory, name);
            Directory.CreateDirectory(place);
            File.WriteAllText(Path.Combine(place, "hosts.toml"), Toml(host));
        }
    }

    public static string Toml(RegistryHost host)
    {
        var url = $"{(host.PlainHttp ? "http" : "https")}://{host.Name}";
        var text = new StringBuilder($"server = \"{url}\"\n\n[host.\"{url}\"]\n  capabilities = [\"pull\", \"resolve\"]\n");
        if (host.CaFile is { } authority) text.Append($"  ca = \"{authority}\"\n");
        if (host.CertFile is { } certificate && host.KeyFile is { } key) text.Append($"  client = [[\"{certificate}\", \"{key}\"]]\n");
        if (host.SkipVerify) text.Append("  skip_verify = true\n");
        return text.ToString();
    }
}
