using System.Globalization;
using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Kubelet.Pods;
using MiniKube.Machinery;

namespace MiniKube.Kubelet.Port;

/// <summary>POST /checkpoint/NAMESPACE/POD/CONTAINER: the state of a running container, written down by engines that can.</summary>
internal sealed class Checkpoints(NodeContext node, Func<string, string, Item<Pod>?> find)
{
    public async Task<NodePage> Make(string ns, string pod, string container, string? timeout, CancellationToken cancel)
    {
        if (find(ns, pod) is not { } found) return NodePage.Text("pod does not exist", 404);
        if (found.Value.Spec is not { } spec || PodContainers.Of(spec).All(c => c.Container.Name != container)) return NodePage.Text($"container {container} does not exist", 404);
        var seconds = 0L;
        if (timeout is not null && !long.TryParse(timeout, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out seconds)) return NodePage.Text("cannot parse value of timeout parameter", 404);
        try
        {
            var state = await node.Engine.Observe(found.Uid, cancel);
            if (state.Containers.Where(c => c.Name == container).MaxBy(c => c.Attempt) is not { } latest) return Failed($"container {container} not found");
            var directory = Directory.CreateDirectory(Path.Combine(node.Options.DataDir, "checkpoints"), (UnixFileMode)0b111_000_000).FullName;
            var moment = node.Time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
            var archive = Path.Combine(directory, $"checkpoint-{pod}_{ns}-{container}-{moment}.tar");
            await node.Engine.Checkpoint(latest.Id, archive, TimeSpan.FromSeconds(seconds), cancel);
            return NodePage.Json(new JsonMap { { "items", JsonList.OfTexts([archive]) } });
        }
        catch (Exception e) when (e is EngineException or IOException)
        {
            return Failed(e.Message);
        }

        NodePage Failed(string why) => NodePage.Text($"checkpointing of {ns}/{pod}/{container} failed ({why})", 500);
    }
}
