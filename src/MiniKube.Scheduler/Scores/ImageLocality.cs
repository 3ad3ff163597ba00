namespace MiniKube.Scheduler;

/// <summary>Nodes that have the images already, the more so the bigger and the more widespread they are.</summary>
public sealed class ImageLocality : IScore
{
    private const long Least = 23L * 1024 * 1024;
    private const long MostPerContainer = 1000L * 1024 * 1024;

    public string Name => nameof(ImageLocality);

    public Func<int, long>? Prepare(PodInfo pod, Snapshot snapshot, IReadOnlyList<int> feasible)
    {
        var images = (pod.Spec.Containers ?? []).Concat(pod.Spec.InitContainers ?? []).Select(c => Normal(c.Image ?? ""))
            .Select(i => (Image: i, Nodes: snapshot.NodesWithImage(i))).ToArray();
        if (images.All(i => i.Nodes == 0)) return null;
        var most = MostPerContainer * images.Length;
        return slot =>
        {
            var node = snapshot.Nodes[slot];
            long sum = 0;
            foreach (var (image, nodes) in images)
                if (node.Images.TryGetValue(image, out var size)) sum += size * nodes / snapshot.Count;
            return Normalizing.Most * (Math.Clamp(sum, Least, most) - Least) / (most - Least);
        };
    }

    private static string Normal(string image) => image.LastIndexOf(':') > image.LastIndexOf('/') ? image : $"{image}:latest";
}
