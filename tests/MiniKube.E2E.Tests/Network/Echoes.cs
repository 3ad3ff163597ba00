using System.Diagnostics;

namespace MiniKube.E2E.Tests.Network;

/// <summary>Programs in pods' networks that answer datagrams on port 9999 with the pod's name and what they were told.</summary>
public sealed class Echoes : IAsyncDisposable
{
    private readonly List<Process> running = [];

    public void In(string pod, string pid) => running.Add(Process.Start("nsenter", ["-t", pid, "-n", "socat", "UDP-RECVFROM:9999,fork", $"SYSTEM:read word; echo {pod} $word"]));

    public async ValueTask DisposeAsync()
    {
        foreach (var echo in running)
        {
            echo.Kill(entireProcessTree: true);
            await echo.WaitForExitAsync();
            echo.Dispose();
        }
    }
}
