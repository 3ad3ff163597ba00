using System.Diagnostics;
using MiniKube.Engines.Docker;
using MiniKube.Kubelet;

namespace MiniKube.Engines.Tests;

/// <summary>A dockerd of the tests' own: other sockets, directories and no networking, so that nothing else on the machine notices.</summary>
internal sealed class DockerDaemon : IEngineDaemon
{
    private readonly string directory = Directory.CreateTempSubdirectory("minik-docker-").FullName;
    private Process? process;

    private string Socket => Path.Combine(directory, "docker.sock");

    public IContainerEngine Connect(string node, string? socket = null) => new DockerEngine(socket ?? Socket, node);

    public async Task Start()
    {
        var start = new ProcessStartInfo("/bin/sh") { UseShellExecute = false };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add($"exec dockerd --data-root {directory}/data --exec-root {directory}/exec --pidfile {directory}/docker.pid -H unix://{Socket} --bridge=none --iptables=false "
            + $"--ip6tables=false --ip-masq=false --ip-forward=false --userland-proxy=false >{directory}/log 2>&1");
        process = Process.Start(start)!;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!File.Exists(Socket) && !process.HasExited) await Task.Delay(50, patience.Token);
        if (process.HasExited) throw new InvalidOperationException($"dockerd ended: {await File.ReadAllTextAsync($"{directory}/log")}");
    }

    public async ValueTask DisposeAsync()
    {
        if (process is { HasExited: false })
        {
            using var term = Process.Start("kill", ["-TERM", $"{process.Id}"]);
            await process.WaitForExitAsync();
        }
        process?.Dispose();
        // What the daemon left mounted must go before its directories can.
        foreach (var mount in File.ReadLines("/proc/self/mounts").Select(l => l.Split(' ')[1]).Where(m => m.StartsWith(directory, StringComparison.Ordinal)).OrderByDescending(m => m.Length).ToArray())
        {
            using var unmount = Process.Start("umount", ["-l", mount]);
            await unmount.WaitForExitAsync();
        }
        Directory.Delete(directory, recursive: true);
    }
}
