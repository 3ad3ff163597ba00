using System.Net.Sockets;
using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Kubelet.Files;
using MiniKube.Kubelet.Logs;
using MiniKube.Kubelet.Pods;

namespace MiniKube.Kubelet;

/// <summary>Serves the pods' subresources from the engine and its files.</summary>
internal sealed class NodeApi(NodeContext node, Func<string, string, Item<Pod>?> find) : INodeApi
{
    public async Task<LogAnswer> Logs(string ns, string pod, string? podUid, LogOptions options, CancellationToken cancel)
    {
        var found = find(ns, pod);
        var uid = found?.Uid ?? podUid;
        if (uid is null) return new(null, $"pod \"{pod}\" not found");
        var name = options.Container!;
        var state = await node.Engine.Observe(uid, cancel);
        var containers = state.Containers.Where(c => c.Name == name && (c.Phase != ContainerPhase.Created || Restarts.HasEnded(c))).OrderByDescending(c => c.Attempt).ToArray();
        if (options.Previous)
        {
            var latest = state.Containers.Where(c => c.Name == name).MaxBy(c => c.Attempt);
            // While a failed container is held back, its own log is the previous one, as its status says.
            var before = containers.FirstOrDefault(c => c.Attempt < latest?.Attempt)
                ?? (latest is { Phase: ContainerPhase.Exited } && IsHeldBack(found, name) ? latest : null);
            return before is null ? new(null, $"previous terminated container \"{name}\" in pod \"{pod}\" not found") : Read(before, options, uid);
        }
        if (containers.Length == 0)
        {
            var status = Statuses(found).FirstOrDefault(s => s.Name == name);
            // It has been here, and somebody took it away with all it said.
            if (status?.LastState?.Terminated is not null || status?.State?.Terminated is not null) return new(null, $"container \"{name}\" in pod \"{pod}\" is terminated");
            return new(null, status?.State?.Waiting?.Reason switch
            {
                "ErrImagePull" => $"container \"{name}\" in pod \"{pod}\" is waiting to start: image can't be pulled",
                "ImagePullBackOff" => $"container \"{name}\" in pod \"{pod}\" is waiting to start: trying and failing to pull image",
                { } reason => $"container \"{name}\" in pod \"{pod}\" is waiting to start: {reason}",
                null => $"container \"{name}\" in pod \"{pod}\" is not available",
            });
        }
        return Read(containers[0], options, uid);
    }

    public IAsyncEnumerable<KeptLine> KeptLogs(KeptLogQuery query, CancellationToken cancel) => node.Kept.Search(query, cancel);

    public Task<StreamAnswer> Exec(string ns, string pod, string? container, ExecRequest request, CancellationToken cancel) =>
        Open(ns, pod, container, id => node.Engine.Exec(id, request, cancel), cancel);

    public Task<StreamAnswer> Attach(string ns, string pod, string? container, ExecRequest request, CancellationToken cancel) =>
        Open(ns, pod, container, id => node.Engine.Attach(id, request, cancel), cancel);

    public async Task<(Stream? Connection, string? Refusal)> Connect(string ns, string pod, int port, CancellationToken cancel)
    {
        if (find(ns, pod) is not { } found) return (null, $"pod \"{pod}\" not found");
        var state = await node.Engine.Observe(found.Uid, cancel);
        if (state.Sandboxes.FirstOrDefault(s => s.Running) is not { } sandbox) return (null, "pod is not running");
        try
        {
            return (await NetworkDoor.Dial(sandbox.Pid, port, cancel), null);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return (null, $"failed to connect to localhost:{port} inside namespace \"{sandbox.Id}\", {e.Message}");
        }
    }

    private async Task<StreamAnswer> Open(string ns, string pod, string? container, Func<string, Task<IContainerStream>> open, CancellationToken cancel)
    {
        if (find(ns, pod) is not { } found) return new(null, $"pod \"{pod}\" not found");
        var state = await node.Engine.Observe(found.Uid, cancel);
        var running = state.Containers.Where(c => c.Name == container && c.Phase == ContainerPhase.Running).MaxBy(c => c.Attempt);
        if (running is null) return new(null, $"container not found (\"{container}\")");
        try
        {
            return new(await open(running.Id), null);
        }
        catch (EngineException e)
        {
            return new(null, e.Message);
        }
    }

    private LogAnswer Read(ContainerInfo container, LogOptions options, string uid)
    {
        var ended = container.Phase != ContainerPhase.Running;
        var last = node.Time.GetUtcNow();
        bool Ended()
        {
            if (ended) return true;
            // The engine is asked at most once a second, however many follow.
            if (node.Time.GetUtcNow() - last < TimeSpan.FromSeconds(0.5)) return false;
            last = node.Time.GetUtcNow();
            _ = Task.Run(async () =>
            {
                var state = await node.Engine.Observe(uid);
                ended = state.Containers.All(c => c.Id != container.Id || c.Phase != ContainerPhase.Running);
            });
            return false;
        }
        return new(LogReader.Read(container.LogPath, options, Ended, node.Time, CancellationToken.None), null);
    }

    private static bool IsHeldBack(Item<Pod>? pod, string name) => Statuses(pod).Any(s => s.Name == name && s.State?.Waiting?.Reason == "CrashLoopBackOff");

    private static IEnumerable<ContainerStatus> Statuses(Item<Pod>? pod) =>
        (pod?.Value.Status?.ContainerStatuses ?? []).Concat(pod?.Value.Status?.InitContainerStatuses ?? []).Concat(pod?.Value.Status?.EphemeralContainerStatuses ?? []);
}
