using System.Collections.Concurrent;
using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Kubelet.Node;
using MiniKube.Kubelet.Pods;
using MiniKube.Machinery;

namespace MiniKube.Kubelet.Static;

/// <summary>Follows the manifests: gives every static pod a worker, whether or not the API can be told, and keeps its mirror in the API.</summary>
internal sealed class StaticPodKeeper(NodeContext node, Cache<Pod> pods, NodeRegistration registration) : IDisposable
{
    private static readonly ResourceRef Resource = Resources.RefOf<Pod>();
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, Item<Pod>> wanted = new();
    private readonly Wake wake = new();
    private readonly TaskCompletionSource loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string? said;

    public Action<Item<Pod>> Start { get; set; } = static _ => { };
    public Func<string, PodWorker?> Worker { get; set; } = static _ => null;

    /// <summary>
    /// Completes once every source has answered. Until then nobody knows which pods there are, and nothing of those that seem to be unknown is touched:
    /// after a restart they run on while the address is out of reach.
    /// </summary>
    public Task Loaded => loaded.Task;

    public bool Knows(string uid) => wanted.ContainsKey(uid);

    public IEnumerable<Item<Pod>> All() => wanted.Values;

    public Item<Pod>? Find(string ns, string name) => wanted.Values.FirstOrDefault(p => p.Namespace == ns && p.Name == name);

    public async Task Run(CancellationToken cancel)
    {
        if (node.Options is { PodManifestPath: null, ManifestUrl: null })
        {
            loaded.TrySetResult();
            await KeepMirrors(cancel);
            return;
        }
        var source = new ManifestSource(node.Options, node.Time, node.Complain);
        await Together.Run(cancel, life => source.Run(Take, life), KeepMirrors);
    }

    public void MirrorChanged(Change<Pod> change)
    {
        if (change.New is { } mirror && Worker(StaticPods.UidOf(mirror)) is { } worker) worker.MirrorIs(mirror);
        else if (change.New is null) Worker(StaticPods.UidOf(change.Latest))?.MirrorIs(null);
        wake.Up();
    }

    public void Dispose() => wake.Dispose();

    private void Take(IReadOnlyDictionary<string, Item<Pod>> now, bool all)
    {
        foreach (var uid in wanted.Keys.Where(u => !now.ContainsKey(u)))
            if (wanted.TryRemove(uid, out _)) Worker(uid)?.Removed();
        foreach (var (uid, pod) in now)
        {
            if (!wanted.TryAdd(uid, pod)) continue;
            Start(pod);
            if (pods.Get(pod.Key) is { } mirror && StaticPods.UidOf(mirror) == uid) Worker(uid)?.MirrorIs(mirror);
        }
        if (all) loaded.TrySetResult();
        wake.Up();
    }

    private async Task KeepMirrors(CancellationToken cancel)
    {
        await pods.WhenSynced(cancel);
        while (!cancel.IsCancellationRequested)
        {
            var well = true;
            try
            {
                foreach (var key in wanted.Values.Select(p => p.Key).Concat(pods.All().Where(StaticPods.IsMirror).Select(p => p.Key)).Distinct().ToArray()) well &= await Keep(key, cancel);
            }
            catch (Exception e) when (e is IOException or HttpRequestException)
            {
                well = false;
            }
            await wake.Rest(well ? Again : Soon, node.Time, cancel);
        }
    }

    private async Task<bool> Keep(Key key, CancellationToken cancel)
    {
        var pod = Find(key.Namespace, key.Name);
        switch (MirrorStep.For(pod?.Tree(), pods.Get(key), node.Options.Name, registration.NodeUid, Loaded.IsCompleted))
        {
            case MirrorStep.Create create:
                var made = await node.Api.Create(Resource, key.Namespace, JsonWriter.ToUtf8(create.Object), cancel: cancel);
                if (made.Ok || made.Error!.Code == 409)
                {
                    said = null;
                    return true;
                }
                if (said != made.Error.Message) node.Complain($"static pod {key} runs, but the API can't show it: {made.Error.Message}");
                said = made.Error.Message;
                return false;
            case MirrorStep.Delete delete:
                await node.Api.Delete(Resource, key.Namespace, key.Name, new() { GracePeriodSeconds = 0, Uid = delete.Uid }, cancel);
                return true;
            default:
                return pod is null || registration.NodeUid is not null;
        }
    }
}
