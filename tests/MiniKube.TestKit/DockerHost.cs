using System.Diagnostics;

namespace MiniKube.TestKit;

/// <summary>A dockerd of the tests' own, with an image made of this machine's busybox.</summary>
public sealed class DockerHost : IPodEngine
{
    public const string Image = "localhost/busybox:1";

    public static readonly string[] Commands = ["sh", "cat", "echo", "sleep", "wget", "httpd", "hostname", "env", "id", "nslookup", "nc", "ping", "test", "rm", "touch", "mkdir", "dd", "ln", "mount", "kill", "ps", "grep", "tar", "ls", "head", "cmp"];

    private readonly string directory = Directory.CreateTempSubdirectory("minik-docker-").FullName;
    private Process? process;

    public int Pid => process!.Id;

    public string Root => directory;

    public string Socket => $"unix://{directory}/docker.sock";

    public string[] Arguments => ["--container-runtime-endpoint", Socket];

    public Task BringImage(MinikProcess minik) => Task.CompletedTask;

    /// <summary>Where it lives; null is with the tests.</summary>
    private Place? Place { get; set; }

    public static async Task<DockerHost> Start(Place? place = null)
    {
        var host = new DockerHost { Place = place };
        await host.Launch();
        await host.Import();
        return host;
    }

    public Task<Output> Docker(string command) => Shell.Run("docker", command, null, ("DOCKER_HOST", Socket));

    public async ValueTask DisposeAsync()
    {
        if (process is { HasExited: false })
        {
            // Containers outlive their daemon here.
            var left = (await Docker("ps -aq")).Text.Replace('\n', ' ').Trim();
            if (left.Length > 0) await Docker($"rm -f {left}");
            await Shell.Run("kill", $"-TERM {process.Id}");
            await process.WaitForExitAsync();
        }
        process?.Dispose();
        // A shim whose container ended while the daemon was away is asked by nobody to go.
        var shims = await Shell.Run("pgrep", $"-f {directory}/exec/containerd/containerd.sock");
        foreach (var shim in shims.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries)) await Shell.Run("kill", $"-KILL {shim}");
        foreach (var mount in File.ReadLines("/proc/self/mounts").Select(l => l.Split(' ')[1]).Where(m => m.StartsWith(directory, StringComparison.Ordinal)).OrderByDescending(m => m.Length).ToArray())
            await Shell.Run("umount", $"-l {mount}");
        Directory.Delete(directory, recursive: true);
    }

    private async Task Launch()
    {
        var start = new ProcessStartInfo("/bin/sh") { UseShellExecute = false };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add($"exec {Place.Before(Place)}dockerd --data-root {directory}/data --exec-root {directory}/exec --pidfile {directory}/docker.pid -H {Socket} --bridge=none --iptables=false --ip6tables=false "
            + $"--ip-masq=false --userland-proxy=false --live-restore >>{directory}/log 2>&1");
        process = Process.Start(start)!;
        await Until.True(async () => process.HasExited || (await Docker("version")).Code == 0);
        if (process.HasExited) throw new InvalidOperationException($"dockerd ended: {await File.ReadAllTextAsync($"{directory}/log")}");
    }

    public async Task Reboot(Func<Task> meanwhile, Func<Place> place)
    {
        process!.Kill();
        await process.WaitForExitAsync();
        await meanwhile();
        foreach (var left in (string[])["docker.pid", "docker.sock"]) File.Delete($"{directory}/{left}");
        Directory.Delete($"{directory}/exec", recursive: true);
        Place = place();
        await Launch();
    }

    /// <summary>Ends the daemon as a crash would, does something and starts it again; containers live on.</summary>
    public async Task Restart(Func<Task> meanwhile)
    {
        process!.Kill();
        await process.WaitForExitAsync();
        await meanwhile();
        foreach (var left in (string[])["docker.pid", "exec/containerd/containerd.pid", "docker.sock"]) File.Delete($"{directory}/{left}");
        await Launch();
    }

    private async Task Import()
    {
        var root = Path.Combine(directory, "image");
        foreach (var part in (string[])["bin", "tmp", "etc", "www"]) Directory.CreateDirectory(Path.Combine(root, part));
        File.Copy("/bin/busybox", Path.Combine(root, "bin", "busybox"));
        foreach (var command in Commands) File.CreateSymbolicLink(Path.Combine(root, "bin", command), "busybox");
        await Shell.Run("tar", $"-C {root} -cf {directory}/image.tar .");
        var imported = await Docker($"import -c 'ENV PATH=/bin' {directory}/image.tar {Image}");
        if (imported.Code != 0) throw new InvalidOperationException(imported.All);
    }
}
