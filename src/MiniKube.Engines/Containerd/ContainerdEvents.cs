using System.Runtime.CompilerServices;
using System.Threading.Channels;
using MiniKube.Kubelet;

namespace MiniKube.Engines.Containerd;

/// <summary>What happens to our containers, told when the CRI knows it too: its answers follow the events they come from.</summary>
public sealed partial class ContainerdEngine
{
    private static readonly string[] Topics = ["namespace==k8s.io,topic~=\"^/tasks/(start|exit|oom)$\"", "namespace==k8s.io,topic==\"/containers/delete\""];
    private static readonly TimeSpan Later = TimeSpan.FromSeconds(1);

    public async IAsyncEnumerable<EngineEvent> Events([EnumeratorCancellation] CancellationToken cancel = default)
    {
        using var life = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var told = Channel.CreateUnbounded<EngineEvent>();
        var working = Task.WhenAll(Listen(told.Writer, life.Token), RotateLogs(life.Token));
        try
        {
            await foreach (var change in told.Reader.ReadAllAsync(cancel)) yield return change;
        }
        finally
        {
            await life.CancelAsync();
            await working.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task Listen(ChannelWriter<EngineEvent> told, CancellationToken cancel)
    {
        Exception? end = null;
        try
        {
            await foreach (var envelope in grpc.Stream("/containerd.services.events.v1.Events/Subscribe", new() { { 1, Topics } }, cancel))
            {
                var (topic, body) = (envelope.Text(3), new ProtoMessage(envelope.Message(4).Bytes(2)));
                var id = body.Text(1);
                EngineEventKind? kind = topic switch
                {
                    "/tasks/start" => EngineEventKind.Started,
                    // A command that ended in a container has a name of its own.
                    "/tasks/exit" when body.Text(2) == id => EngineEventKind.Died,
                    "/tasks/oom" => EngineEventKind.OutOfMemory,
                    "/containers/delete" => EngineEventKind.Removed,
                    _ => null,
                };
                if (kind is not { } what) continue;
                known.Forget(id);
                _ = Tell(what, id, told, cancel);
            }
        }
        catch (Exception e) when (e is EngineException or OperationCanceledException)
        {
            end = e;
        }
        told.TryComplete(end);
    }

    private async Task Tell(EngineEventKind kind, string id, ChannelWriter<EngineEvent> told, CancellationToken cancel)
    {
        try
        {
            if (kind == EngineEventKind.Died) await UntilKnown(id, cancel);
            var pod = podOf.TryGetValue(id, out var uid) ? uid : kind == EngineEventKind.Removed ? "" : await PodOf(id, cancel);
            if (pod.Length > 0) told.TryWrite(new(kind, id, pod));
        }
        catch (Exception e) when (e is EngineException or OperationCanceledException)
        {
            // The next look will find it.
        }
    }

    /// <summary>However long it takes: what isn't told now would be found by chance only.</summary>
    private async Task UntilKnown(string id, CancellationToken cancel)
    {
        const long running = 1;
        // What ends at once may have been heard of before the CRI has even noted its start, and then runs for a moment.
        for (var pause = Soon; await StateOf(id, cancel) <= running; pause = pause * 2 < Later ? pause * 2 : Later) await Task.Delay(pause, options.Time, cancel);
    }

    /// <summary>Zero before it was started, one while it runs, whether it is a container or a sandbox.</summary>
    private async Task<long?> StateOf(string id, CancellationToken cancel)
    {
        try
        {
            return (await Call("ContainerStatus", new() { { 1, id } }, cancel)).Message(1).Whole(3);
        }
        catch (EngineException e) when (e.Fault == EngineFault.NotFound)
        {
        }
        try
        {
            return 1 + (await Call("PodSandboxStatus", new() { { 1, id } }, cancel)).Message(1).Whole(3);
        }
        catch (EngineException e) when (e.Fault == EngineFault.NotFound)
        {
            return null;
        }
    }

    /// <summary>The pod of a container nobody has asked for yet; empty when it isn't of this node.</summary>
    private async Task<string> PodOf(string id, CancellationToken cancel)
    {
        Dictionary<string, string>? labels = null;
        await Gently(Container());
        if (labels is null) await Gently(Sandbox());
        // One that the CRI doesn't know yet is asked for again, at its next event.
        return labels is null ? "" : podOf[id] = labels.GetValueOrDefault(Labels.Node) == options.Node ? labels.GetValueOrDefault(Labels.PodUid, "") : "";

        async Task Container() => labels = (await Call("ContainerStatus", new() { { 1, id } }, cancel)).Message(1).Map(12);
        async Task Sandbox() => labels = (await Call("PodSandboxStatus", new() { { 1, id } }, cancel)).Message(1).Map(7);
    }

    /// <summary>Over the CRI, keeping logs in bounds is the node's work.</summary>
    private async Task RotateLogs(CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            await Task.Delay(CriLogs.LookEvery, options.Time, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (var (id, container) in known.All)
            {
                if (cancel.IsCancellationRequested || container.Phase != ContainerPhase.Running || !CriLogs.Rotate(container.LogPath)) continue;
                try
                {
                    await Call("ReopenContainerLog", new() { { 1, id } }, cancel);
                }
                catch (Exception e) when (e is EngineException or OperationCanceledException)
                {
                    // It has just ended, or the engine is away: what comes later goes on into the old file.
                }
            }
        }
    }
}
