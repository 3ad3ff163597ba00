using System.Diagnostics;

namespace MiniKube.Host;

/// <summary>Everything one `minik server` runs: the control plane, then whatever works through its API.</summary>
public sealed class Cluster : IAsyncDisposable
{
    private readonly ControlPlane plane;
    private readonly CancellationTokenSource stopping = new();
    private readonly List<(string Name, Task Work)> running = [];

    private Cluster(ControlPlane plane) => this.plane = plane;

    public ControlPlane Plane => plane;

    public static async Task<(Cluster? Cluster, string? Refusal)> Start(ServerSettings settings, TimeProvider time, ConsoleLog log, Stopwatch clock, CancellationToken cancel)
    {
        var (plane, refusal) = await ControlPlane.Start(settings, time, log, cancel);
        if (plane is null) return (null, refusal);
        var cluster = new Cluster(plane);
        plane.WriteKubeconfig();
        cluster.StartParts(settings, time, log);
        log.Info($"ready after {clock.ElapsedMilliseconds} ms");
        return (cluster, null);
    }

    private void StartParts(ServerSettings settings, TimeProvider time, ConsoleLog log)
    {
        foreach (var (name, run) in Parts.Of(settings, plane, time, log))
            running.Add((name, Task.Run(() => Keep(name, run, log, stopping.Token))));
    }

    /// <summary>A part that fails is a bug; it is said once and started again, the others go on.</summary>
    internal static async Task Keep(string name, Func<CancellationToken, Task> run, ConsoleLog log, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await run(stopping);
                return;
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                log.Error($"{name} failed and starts again: {e}");
                await Task.Delay(TimeSpan.FromSeconds(1), stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await Task.WhenAny(Task.WhenAll(running.Select(r => r.Work)), Task.Delay(TimeSpan.FromSeconds(2)));
        await plane.DisposeAsync();
        stopping.Dispose();
    }
}
