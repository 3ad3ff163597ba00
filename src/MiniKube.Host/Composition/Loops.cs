using MiniKube.ControlLoop;
using MiniKube.Controllers;
using MiniKube.Engines.Simulated;
using MiniKube.Scheduler;
using MiniKube.Scheduler.Configuration;
using MiniKube.Server;

namespace MiniKube.Host;

/// <summary>Everything that loops in the server process: controllers, scheduler, simulated nodes, over one set of caches.</summary>
public sealed class Loops : IAsyncDisposable
{
    private readonly CancellationTokenSource stopping = new();
    private readonly List<Task> running = [];
    private SchedulerProcess? scheduler;

    private Loops(Caches caches) => Caches = caches;

    public Caches Caches { get; }

    public static Loops Start(ApiServer server, TimeProvider time, ILog log, ControllerOptions options, SimulatedFleet? fleet = null,
        SchedulerConfiguration? scheduling = null, Action<Caches>? keeping = null)
    {
        var caches = new Caches(As(server, Identities.ControllerManager), time);
        var loops = new Loops(caches);
        var cancel = loops.stopping.Token;
        void Failed(LoopFailure f) => log.Info($"{f.Controller} {f.Key}: {f.Message}{(f.Exception is null ? "" : $" {f.Exception}")}");

        loops.scheduler = new SchedulerProcess(caches, As(server, Identities.Scheduler), scheduling) { OnFailure = Failed };
        var controllers = new ControllerProcess(caches, account => As(server, Identities.OfController(account)), options) { OnFailure = Failed };
        // The controllers come last: the garbage collector makes do with whatever view of a resource there is.
        // Everybody has said what to watch before the first list is asked for.
        keeping?.Invoke(caches);
        caches.Start(cancel);
        loops.running.Add(controllers.Run(cancel));
        loops.running.Add(loops.scheduler.Run(cancel));
        if (fleet is { Count: > 0 }) loops.running.Add(SimulatedNodes.Run(As(server, Identities.Of("system:simulated-nodes")), fleet, time, caches, Failed, cancel));
        return loops;
    }

    /// <summary>Loops until cancelled.</summary>
    public static async Task Run(ApiServer server, TimeProvider time, ILog log, ControllerOptions options, SimulatedFleet? fleet, SchedulerConfiguration? scheduling,
        Action<Caches> keeping, CancellationToken cancel)
    {
        await using var loops = Start(server, time, log, options, fleet, scheduling, keeping);
        await Task.Delay(Timeout.InfiniteTimeSpan, time, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    // A controller has the rights of its service account, the others those of the user they are upstream too: what the default roles say.
    private static InProcessApi As(ApiServer server, UserInfo user) => new(server, user, user.Name[(user.Name.LastIndexOf(':') + 1)..]);

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await Task.WhenAll(running);
        await Caches.Ended();
        scheduler?.Dispose();
        stopping.Dispose();
    }
}
