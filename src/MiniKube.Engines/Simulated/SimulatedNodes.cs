using MiniKube.ControlLoop;

namespace MiniKube.Engines.Simulated;

/// <summary>Nodes without machines: they register, keep their leases and walk pods through their lives.</summary>
public static class SimulatedNodes
{
    public static Task Run(IApi api, int count, TimeProvider time, CancellationToken cancel) =>
        Run(api, new SimulatedFleet(count), time, null, null, cancel);

    public static async Task Run(IApi api, SimulatedFleet fleet, TimeProvider time, Caches? shared, Action<LoopFailure>? onFailure, CancellationToken cancel)
    {
        var caches = shared ?? new Caches(api, time);
        var events = new EventRecorder(api, new("simulated-kubelet"), time);
        using var heartbeat = new Runner(new NodeHeartbeat(caches, fleet), api, caches, events, onFailure);
        using var kubelet = new Runner(new SimulatedKubelet(caches, fleet), api, caches, events, onFailure);
        heartbeat.Prepare();
        kubelet.Prepare();
        if (shared is null) caches.Start(cancel);
        await Task.WhenAll(heartbeat.Run(cancel), kubelet.Run(cancel), events.Run(cancel));
        if (shared is null) await caches.Ended();
    }
}
