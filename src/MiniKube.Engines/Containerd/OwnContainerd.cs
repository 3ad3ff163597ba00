using System.Diagnostics;
using System.Globalization;
using MiniKube.Engines.Pause;
using MiniKube.Kubelet;

namespace MiniKube.Engines.Containerd;

/// <summary>
/// A containerd of this node's own, for machines where one is installed but none serves the CRI. It outlives minik as the containers
/// do, which write their logs through it, and is found again; when it dies it is started again.
/// </summary>
public sealed class OwnContainerd(string dataDir, TimeProvider time, Action<string> say)
{
    private const string Program = "containerd";

    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string home = Path.Combine(dataDir, "containerd");

    public string Socket => Path.Combine(home, "containerd.sock");

    public string CniBin => Path.Combine(home, "cni", "bin");

    public string CniConfig => Path.Combine(home, "cni", "net.d");

    /// <summary>Where the ways to registries are described, a directory a host.</summary>
    public string RegistryHosts => Path.Combine(home, "certs.d");

    private string ConfigFile => Path.Combine(home, "config.toml");

    private string PidFile => Path.Combine(home, "containerd.pid");

    /// <summary>Keeps it running until cancelled. Cancelled, it is left running.</summary>
    public async Task Run(CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            if (FindRunning() is { } found)
            {
                await WatchOver(found, cancel);
            }
            else
            {
                var process = await Start(cancel);
                await WatchOver(process.Id, cancel);
                process.Dispose();
            }
            if (!cancel.IsCancellationRequested) say("containerd has ended and is started again");
        }
    }

    /// <summary>Ends it and everything of it: what runs, what is mounted, what lies on the disk.</summary>
    public async Task Remove(CancellationToken cancel)
    {
        if (FindRunning() is { } pid) await End(pid, cancel);
        foreach (var shim in Processes().Where(p => p.CommandLine.Contains(Socket, StringComparison.Ordinal)).Select(p => p.Id).ToArray()) await End(shim, cancel);
        if (Directory.Exists(home)) NodeTraces.Remove(home);
    }

    internal static string Config(string home, string socket, string cniBin, string cniConfig, string hosts, bool mayLowerOomScore, bool overlay) => $"""
        version = 2
        root = "{home}/root"
        state = "{home}/state"
        disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs", "io.containerd.tracing.processor.v1.otlp", "io.containerd.internal.v1.tracing"]
        [grpc]
          address = "{socket}"
        [plugins."io.containerd.internal.v1.opt"]
          path = "{home}/opt"
        [plugins."io.containerd.grpc.v1.cri"]
          sandbox_image = "{PauseImage.Name}"
          stream_server_address = "127.0.0.1"
          netns_mounts_under_state_dir = true
          restrict_oom_score_adj = {(mayLowerOomScore ? "false" : "true")}
          [plugins."io.containerd.grpc.v1.cri".containerd]
            snapshotter = "{(overlay ? "overlayfs" : "native")}"
          [plugins."io.containerd.grpc.v1.cri".cni]
            bin_dir = "{cniBin}"
            conf_dir = "{cniConfig}"
          [plugins."io.containerd.grpc.v1.cri".registry]
            config_path = "{hosts}"

        """;

    private async Task<Process> Start(CancellationToken cancel)
    {
        foreach (var directory in (string[])[home, CniBin, CniConfig, RegistryHosts]) Directory.CreateDirectory(directory);
        var format = new DriveInfo(home).DriveFormat;
        await File.WriteAllTextAsync(ConfigFile, Config(home, Socket, CniBin, CniConfig, RegistryHosts, HostLimits.Read().MayLowerOomScore, format is not ("overlay" or "overlayfs" or "zfs")), cancel);
        // In a session of its own: what ends minik, such as Ctrl-C, doesn't end what runs the pods.
        var start = new ProcessStartInfo("/bin/sh") { UseShellExecute = false };
        foreach (var argument in (string[])["-c", $"exec setsid {Program} --config \"$0\" >>\"$1\" 2>&1 </dev/null", ConfigFile, Path.Combine(home, "containerd.log")]) start.ArgumentList.Add(argument);
        File.Delete(Path.Combine(home, "containerd.log"));
        var process = Process.Start(start)!;
        await File.WriteAllTextAsync(PidFile + ".new", process.Id.ToString(CultureInfo.InvariantCulture), cancel);
        File.Move(PidFile + ".new", PidFile, overwrite: true);
        return process;
    }

    /// <summary>Returns when the process has gone.</summary>
    private async Task WatchOver(int pid, CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested && IsOurs(pid)) await Task.Delay(Glance, time, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private int? FindRunning() =>
        File.Exists(PidFile) && int.TryParse(File.ReadAllText(PidFile), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && IsOurs(pid) ? pid : null;

    // Between fork and exec it is still a shell; the name of its configuration is there from the beginning.
    private bool IsOurs(int pid) => CommandLine(pid).Contains(ConfigFile, StringComparison.Ordinal);

    private async Task End(int pid, CancellationToken cancel)
    {
        using (var kill = Process.Start("kill", ["-TERM", $"{pid}"])) await kill.WaitForExitAsync(cancel);
        var start = time.GetTimestamp();
        while (CommandLine(pid).Length > 0)
        {
            if (time.GetElapsedTime(start) > Patience)
            {
                using var kill = Process.Start("kill", ["-KILL", $"{pid}"]);
                await kill.WaitForExitAsync(cancel);
                start = time.GetTimestamp();
            }
            await Task.Delay(TimeSpan.FromMilliseconds(20), time, cancel);
        }
    }

    private static IEnumerable<(int Id, string CommandLine)> Processes()
    {
        foreach (var directory in Directory.GetDirectories("/proc"))
            if (int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && CommandLine(pid) is { Length: > 0 } line) yield return (pid, line);
    }

    /// <summary>Empty for what has ended, zombies included.</summary>
    private static string CommandLine(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline").Replace('\0', ' ');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
