using MiniKube.ControlLoop;
using MiniKube.Kinds;
using MiniKube.Machinery;
using MiniKube.TestKit;

namespace MiniKube.Controllers.Tests;

/// <summary>
/// Every file in Cases: objects as the caches have them, a controller and a key, and the plan that must come of it. "objects" may leave
/// out what doesn't matter (uids follow from names).
/// </summary>
public class GoldenTests
{
    private static IEnumerable<string> Cases() =>
        Directory.EnumerateFiles(Path.Combine(TestContext.CurrentContext.TestDirectory, "Cases"), "*.yaml").Select(Path.GetFileNameWithoutExtension).Order()!;

    [TestCaseSource(nameof(Cases))]
    public async Task Decides(string name)
    {
        var file = (JsonMap)YamlReader.Read(await File.ReadAllTextAsync(Path.Combine(TestContext.CurrentContext.TestDirectory, "Cases", name + ".yaml")));
        var time = new ManualTime(DateTimeOffset.Parse(file.Text("now") ?? "2026-01-01T01:00:00Z"));
        var api = new MemoryApi(time);
        var caches = new Caches(api, time);
        var controller = ControllerCatalog.All(caches, _ => api, new ControllerOptions { RootCertificate = () => "PEM", Network = new("10.42.0.0/22"), LocalVolumes = new("/data", new NoDirectories()) })
            .First(c => c.Account == file.Text("controller") || c.Name == file.Text("controller"));
        var triggers = new Triggers(_ => { }, (_, _) => { });
        controller.Watch(triggers);
        Fill(caches, (file.List("objects") ?? []).Maps());

        var key = file.Text("key")!.Split('/');
        var failure = file.Text("lastFailure") is { } message ? ApiError.Forbidden(message) : null;
        var plan = await controller.Decide(new(key.Length == 2 ? new(key[0], key[1]) : Key.Cluster(key[0]), time.GetUtcNow(), failure), default);
        var actual = plan is null ? ["nothing there"] : PlanText.Of(plan);
        foreach (var line in actual) TestContext.Out.WriteLine($"[{name}] {line}");
        Assert.That(string.Join('\n', actual), Is.EqualTo(string.Join('\n', (file.List("plan") ?? []).Texts())));
    }

    private static void Fill(Caches caches, IEnumerable<JsonMap> objects)
    {
        var version = 1;
        foreach (var group in objects.GroupBy(o => (o.Text("apiVersion"), o.Text("kind"))).ToArray())
        {
            var kind = BuiltInKinds.Find(group.Key.Item1!, group.Key.Item2!)!;
            foreach (var o in group)
            {
                var metadata = o.MapOrNew("metadata");
                if (kind.Namespaced && metadata.Text("namespace") is null) metadata["namespace"] = "ns";
                metadata["uid"] ??= $"uid-{kind.Name.ToLowerInvariant()}-{metadata.Text("name")}";
                metadata["resourceVersion"] ??= $"{version++}";
                metadata["creationTimestamp"] ??= "2026-01-01T00:00:00Z";
                metadata["generation"] ??= 1;
                foreach (var owner in (metadata.List("ownerReferences") ?? []).Maps())
                    owner["uid"] ??= $"uid-{owner.Text("kind")!.ToLowerInvariant()}-{owner.Text("name")}";
            }
            var resource = new ResourceRef(kind.Group, kind.Version, kind.Plural);
            foreach (var cache in caches.Find(resource)) cache.Replace([.. group.Select(o => (ReadOnlyMemory<byte>)JsonWriter.ToUtf8(o))], version);
        }
    }

    private sealed class NoDirectories : ILocalDirectories
    {
        public ValueTask<string?> Clear(string node, string directory, CancellationToken cancel) => new(node == "stuck" ? $"failed to clean up {directory}: busy" : null);
    }
}
