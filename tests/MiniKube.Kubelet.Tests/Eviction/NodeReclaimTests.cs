using System.Reflection;
using MiniKube.Kinds.Core;
using MiniKube.Kubelet.Eviction;
using MiniKube.Kubelet.Images;
using MiniKube.Machinery;

namespace MiniKube.Kubelet.Tests.Eviction;

/// <summary>What goes before any pod does.</summary>
[TestFixture]
public sealed class NodeReclaimTests
{
    [Test]
    public async Task Ended_pods_containers_go_first_and_then_every_image_nobody_uses()
    {
        var engine = DispatchProxy.Create<IContainerEngine, Shelf>();
        var shelf = (Shelf)(object)engine;
        shelf.Containers.AddRange([Container("done", ContainerPhase.Exited), Container("runs", ContainerPhase.Running), Container("crashed", ContainerPhase.Exited)]);
        foreach (var name in (string[])["done", "runs", "crashed", "young", "others"]) shelf.Images.Add(new($"id-{name}", [Full(name)], [], 1));
        var book = new ImageBook();
        foreach (var name in (string[])["done", "runs", "crashed", "young"]) book.Pulled(Full(name));
        using var images = new ImageCollection(engine, book, new(), _ => Task.FromResult((0L, 100L)), TimeProvider.System, _ => { });
        var reclaim = new NodeReclaim(engine, images, (container, _, cancel) => engine.RemoveContainer(container.Id, cancel));
        // What may start again keeps its container, though it isn't running now.
        Pod[] pods = [Pod("done", "Succeeded"), Pod("runs", "Running"), Pod("crashed", "Running")];

        Assert.That(await reclaim.Run(pods, default), Is.True);
        Assert.That(shelf.Containers.Select(c => c.Name), Is.EqualTo(new[] { "runs", "crashed" }));
        Assert.That(shelf.Images.Select(i => i.Id), Is.EqualTo(new[] { "id-runs", "id-crashed", "id-others" }));
        Assert.That(await reclaim.Run(pods, default), Is.False);
    }

    [TestCase("nodefs.available", false, true)]
    [TestCase("nodefs.inodesFree", false, true)]
    [TestCase("imagefs.available", false, true)]
    [TestCase("nodefs.available", true, false)]
    [TestCase("imagefs.inodesFree", true, true)]
    [TestCase("memory.available", false, false)]
    public void It_helps_only_where_the_images_are(string signal, bool imagesApart, bool helps) =>
        Assert.That(NodeReclaim.Helps(Pressure.None with { Shortages = [new(Signal.All.Single(s => s.Name == signal), Quantity.Zero, 0)] }, imagesApart), Is.EqualTo(helps));

    private static string Full(string name) => ImageName.Parse(name)!.ToString();

    private static ContainerInfo Container(string name, ContainerPhase phase) => new($"c-{name}", new(name, "ns", name), name, 0, phase) { ImageId = $"id-{name}" };

    private static Pod Pod(string uid, string phase) => new() { Metadata = new() { Uid = uid, Name = uid }, Status = new() { Phase = phase } };

    /// <summary>An engine of which only the storeroom is open.</summary>
    public class Shelf : DispatchProxy
    {
        public List<ContainerInfo> Containers { get; } = [];
        public List<ImageInfo> Images { get; } = [];

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            switch (targetMethod!.Name)
            {
                case nameof(IContainerEngine.Observe): return Task.FromResult(new EngineState([], [.. Containers]));
                case nameof(IContainerEngine.Images): return Task.FromResult<IReadOnlyList<ImageInfo>>([.. Images]);
                case nameof(IContainerEngine.ImagesInUse): return Task.FromResult<IReadOnlySet<string>>(Containers.Select(c => c.ImageId).ToHashSet());
                case nameof(IContainerEngine.RemoveContainer): Containers.RemoveAll(c => c.Id == (string)args![0]!); break;
                case nameof(IContainerEngine.RemoveImage): Images.RemoveAll(i => i.Id == (string)args![0]!); break;
                default: throw new NotSupportedException(targetMethod.Name);
            }
            return Task.CompletedTask;
        }
    }
}
