using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Kubelet.Stats;

namespace MiniKube.Kubelet.Eviction;

/// <summary>Looks every ten seconds at what the node has left, sooner after an eviction, and acts on what follows from it.</summary>
internal sealed class EvictionWatch(NodeContext node, NodeSampler sampler, NodeReclaim reclaim, Func<IReadOnlyList<Pod>> pods, Action<Eviction> evict, Action changed)
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    private volatile Pressure pressure = Pressure.None;

    public Pressure Now => pressure;

    public async Task Run(CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                await Look(cancel);
            }
            catch (Exception e) when (e is EngineException or IOException)
            {
                node.Complain($"eviction: {e.Message}");
            }
            await Task.Delay(Period, node.Time, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task Look(CancellationToken cancel)
    {
        var before = pressure;
        var next = before.Next(await sampler.Levels(cancel), node.Options.Thresholds, node.Options.PressureTransition, node.Time.GetUtcNow());
        pressure = next;
        foreach (var met in next.Shortages)
            if (before.Shortages.All(s => s.Signal != met.Signal))
                node.Events.Emit(new ObjectRef("v1", "Node", null, node.Options.Name, node.Options.Name), "Warning", "EvictionThresholdMet", $"Attempting to reclaim {met.Signal.Resource}");
        if (!before.Conditions.SequenceEqual(next.Conditions)) changed();

        var active = pods().Where(p => p.Status?.Phase is not ("Succeeded" or "Failed") && p.Metadata.DeletionTimestamp is null).ToDictionary(p => p.Metadata.Uid!);
        var limited = active.Values.Any(LocalLimits.Has);
        if (next.Shortages.Count == 0 && !limited) return;
        if (NodeReclaim.Helps(next, sampler.ImagesApart) && await reclaim.Run(pods(), cancel))
        {
            pressure = next = next.Next(await sampler.Levels(cancel), node.Options.Thresholds, node.Options.PressureTransition, node.Time.GetUtcNow());
            if (next.Shortages.Count == 0 && !limited) return;
        }
        // Only now is it worth while to look at every pod.
        var disk = limited || next.Shortages.Any(s => s.Signal.Condition == "DiskPressure");
        var sample = await sampler.Take(disk, cancel);
        var loads = sample.Pods.Where(s => active.ContainsKey(s.Pod.Uid)).Select(s => new PodLoad(active[s.Pod.Uid], s)).ToArray();
        var exceeding = loads.Where(l => LocalLimits.Has(l.Pod)).Select(LocalLimits.Exceeded).OfType<Eviction>().ToArray();
        foreach (var one in exceeding) evict(one);
        // Who exceeded his own limits leaves room: whether that was enough is seen next time.
        if (exceeding.Length == 0 && EvictionPlan.For(next, loads, sample.ImagesApart, node.Options.MostEvictionGrace) is { } victim) evict(victim);
    }
}
