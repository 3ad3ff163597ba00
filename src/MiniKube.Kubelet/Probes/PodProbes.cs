using System.Collections.Concurrent;
using MiniKube.Kinds.Core;
using MiniKube.Kubelet.Pods;
using MiniKube.Kubelet.Stats;

namespace MiniKube.Kubelet.Probes;

/// <summary>The probes of one pod's running containers: started with them, ended with them, their verdicts kept by container id.</summary>
internal sealed class PodProbes(ProbeCheck check, ProbeLoop loop, NodeCounters counters, TimeProvider time, Action onChange) : IDisposable
{
    private readonly ConcurrentDictionary<string, Watch> watches = new();

    public IReadOnlyDictionary<string, ProbeVerdict> Verdicts => watches.ToDictionary(p => p.Key, p => p.Value.Verdict);

    /// <summary>Starts what is missing and ends what is no longer running.</summary>
    public void Sync(PodSeen seen, PodEvents events)
    {
        var running = seen.Engine.Containers.Where(c => c.Phase == ContainerPhase.Running).ToDictionary(c => c.Id);
        // A pod that ends is restarted by nobody; whether it still serves is asked until it has ended.
        var ending = seen.Deleted || seen.End is not null;
        foreach (var (id, watch) in watches)
        {
            if (!running.ContainsKey(id)) End(id);
            else if (ending) watch.Keeping.Cancel();
        }
        if (ending) return;
        var ip = seen.Spec.HostNetwork == true ? seen.HostIP : seen.PodIP ?? "";
        foreach (var (container, kind) in PodContainers.Of(seen.Spec))
        {
            if (container.LivenessProbe is null && container.ReadinessProbe is null && container.StartupProbe is null) continue;
            if (seen.Current(container.Name!) is not { Phase: ContainerPhase.Running } current || watches.ContainsKey(current.Id)) continue;
            // A container that was ready before the agent restarted stays so until its probe says otherwise.
            var known = (seen.Pod.Status?.ContainerStatuses ?? []).Concat(seen.Pod.Status?.InitContainerStatuses ?? [])
                .FirstOrDefault(s => s.ContainerID?.EndsWith(current.Id, StringComparison.Ordinal) == true);
            var watch = new Watch(new(known?.Started == true ? true : container.StartupProbe is null ? true : null, known?.Ready == true ? true : null, false, false));
            watches[current.Id] = watch;
            if (container.StartupProbe is { } startup && watch.Verdict.Started != true) Loop(watch, container, current, startup, "Startup", ip, events.For(container.Name!, kind));
            if (container.LivenessProbe is { } liveness) Loop(watch, container, current, liveness, "Liveness", ip, events.For(container.Name!, kind));
            if (container.ReadinessProbe is { } readiness) Loop(watch, container, current, readiness, "Readiness", ip, events.For(container.Name!, kind));
        }
    }

    public void Dispose()
    {
        foreach (var id in watches.Keys) End(id);
    }

    private void End(string id)
    {
        if (!watches.TryRemove(id, out var watch)) return;
        watch.Keeping.Cancel();
        watch.Life.Cancel();
    }

    private void Loop(Watch watch, Container container, ContainerInfo running, Probe probe, string kind, string ip, PodEvents events) =>
        loop.Start(() => Run(watch, container, running, probe, kind, ip, events, kind == "Readiness" ? watch.Life.Token : watch.Keeping.Token));

    private async Task Run(Watch watch, Container container, ContainerInfo running, Probe probe, string kind, string ip, PodEvents events, CancellationToken cancel)
    {
        try
        {
            var due = (running.StartedAt ?? time.GetUtcNow()) + TimeSpan.FromSeconds(probe.InitialDelaySeconds ?? 0) - time.GetUtcNow();
            if (due > TimeSpan.Zero) await loop.Delay(due, cancel);
            if (kind != "Startup") await watch.Started.Task.WaitAsync(cancel);
            var period = TimeSpan.FromSeconds(Math.Max(1, probe.PeriodSeconds ?? 10));
            var count = new ProbeCount(kind == "Liveness" ? true : kind == "Readiness" ? watch.Verdict.Ready ?? false : null, false, 0);
            while (!cancel.IsCancellationRequested)
            {
                var answer = await check.Ask(loop, probe, container, running, ip, cancel);
                counters.Probed(running.Pod, container.Name!, kind, answer.Errored ? "unknown" : answer.Success ? "successful" : "failed");
                if (!answer.Success)
                    events.Warning("Unhealthy", answer.Errored ? $"{kind} probe errored and resulted in unknown state: {answer.Output}" : $"{kind} probe failed: {answer.Output}");
                else if (answer.Doubtful)
                    events.Warning("ProbeWarning", $"{kind} probe warning: {answer.Output}");
                if (!answer.Errored)
                {
                    count = count.Next(answer.Success, probe);
                    if (count.Result is { } result && watch.Take(kind, result)) onChange();
                    if (kind == "Startup" && watch.Verdict.Started == true || watch.Verdict is { LivenessFailed: true } or { StartupFailed: true }) return;
                }
                await loop.Delay(Stride.Until(time.GetUtcNow(), period), cancel);
            }
        }
        catch (OperationCanceledException)
        {
            // The container or the agent is going.
        }
    }

    private sealed class Watch
    {
        private readonly Lock gate = new();

        public Watch(ProbeVerdict first)
        {
            Verdict = first;
            if (first.Started == true) Started.TrySetResult();
        }

        public ProbeVerdict Verdict { get; private set; }

        /// <summary>As long as the container runs.</summary>
        public CancellationTokenSource Life { get; } = new();

        /// <summary>As long as it is to be kept running.</summary>
        public CancellationTokenSource Keeping { get; } = new();
        public TaskCompletionSource Started { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>True when it changed the verdict.</summary>
        public bool Take(string kind, bool result)
        {
            lock (gate)
            {
                var before = Verdict;
                Verdict = kind switch
                {
                    "Readiness" => before with { Ready = result },
                    "Liveness" => before with { LivenessFailed = !result },
                    _ => result ? before with { Started = true } : before with { StartupFailed = true },
                };
                if (Verdict.Started == true) Started.TrySetResult();
                return Verdict != before;
            }
        }
    }
}
