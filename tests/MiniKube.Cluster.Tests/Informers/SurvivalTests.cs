using System.Text;
using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;

namespace MiniKube.Cluster.Tests;

/// <summary>
/// Random writes while watches end, history is forgotten, connections break and the server restarts: whatever an informer tells fits
/// together, change for change, and in the end it has what the server has, and so have its indexes.
/// </summary>
[TestFixture(false)]
[TestFixture(true)]
public class SurvivalTests(bool overHttp)
{
    private static readonly ResourceRef Maps = Resources.RefOf<ConfigMap>();

    private readonly Dictionary<Key, Item<ConfigMap>> model = [];
    private readonly List<string> faults = [];
    private int late;
    private TestCluster cluster = null!;
    private Listener listener = null!;
    private IApi api = null!;
    private CuttableApi cuttable = null!;
    private CancellationTokenSource life = null!;
    private Caches caches = null!;
    private Cache<ConfigMap> maps = null!;
    private Index<ConfigMap> labels = null!;

    [SetUp]
    public async Task Start()
    {
        model.Clear();
        faults.Clear();
        life = new();
        cluster = await TestCluster.Start(nodes: 0, withLoops: false);
        listener = new(cluster);
        if (overHttp) await listener.Start();
        api = overHttp ? listener.Client() : cluster.Api;
        cuttable = new(api);
        caches = new(cuttable, TimeProvider.System);
        maps = caches.Of<ConfigMap>();
        labels = maps.ByLabel();
        maps.Subscribe(Fit);
        caches.Start(life.Token);
        await caches.WhenSynced(life.Token);
    }

    [TearDown]
    public async Task Stop()
    {
        await life.CancelAsync();
        await caches.Ended();
        (api as IDisposable)?.Dispose();
        await listener.DisposeAsync();
        await cluster.DisposeAsync();
        life.Dispose();
    }

    [Test]
    public async Task Nothing_is_lost_and_nothing_told_twice([Range(1, 6)] int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 30; round++)
        {
            await Write(random, random.Next(6));
            switch (random.Next(overHttp ? 6 : 4))
            {
                case 0:
                    cuttable.Cut();
                    break;
                case 1:
                    await ComeTooLate(random);
                    break;
                case 2:
                    await Task.Delay(random.Next(5));
                    break;
                case 4:
                    await listener.Stop();
                    await Write(random, random.Next(4));
                    await listener.Start();
                    break;
                case 5 when random.Next(2) == 0:
                    await listener.Stop();
                    await cluster.Restart();
                    await Write(random, random.Next(4));
                    await listener.Start();
                    break;
            }
        }
        await ComeTooLate(random);

        var server = (await cluster.List<ConfigMap>(ns: null)).ToDictionary(m => m.Key, m => m.Meta.ResourceVersion);
        await cluster.Until(() => Task.FromResult(Same(server)), () => Task.FromResult($"seed {seed}: {string.Join(' ', maps.All())} for {string.Join(' ', server.Keys)}"));
        lock (faults) Assert.That(faults, Is.Empty, $"seed {seed}");
        lock (model) Assert.That(model.ToDictionary(m => m.Key, m => m.Value.Meta.ResourceVersion), Is.EquivalentTo(server), $"seed {seed}");
        foreach (var value in new[] { "x", "y" })
        {
            Assert.That(labels[$"default\nl={value}"].Select(m => m.Name), Is.EquivalentTo(maps.All().Where(m => m.Meta.Label("l") == value).Select(m => m.Name)), $"seed {seed}");
        }
        Assert.That(cuttable.Expired, Is.Positive, $"seed {seed}: what was forgotten was asked for");
    }

    private bool Same(Dictionary<Key, string> server) => maps.All().ToDictionary(m => m.Key, m => m.Meta.ResourceVersion) is var here &&
        here.Count == server.Count && here.All(m => server.GetValueOrDefault(m.Key) == m.Value);

    /// <summary>While the informer reaches nobody, things change and the changes are forgotten.</summary>
    private async Task ComeTooLate(Random random)
    {
        cuttable.Hold();
        await Write(random, random.Next(4));
        await cluster.Create<ConfigMap>($$$"""{apiVersion: v1, kind: ConfigMap, metadata: {name: late-{{{++late}}}, labels: {l: x} } }""");
        await cluster.Compact();
        cuttable.Release();
    }

    private async Task Write(Random random, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var name = $"m{random.Next(8)}";
            var label = random.Next(2) == 0 ? "x" : "y";
            var body = Encoding.UTF8.GetBytes($$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"{{{name}}}","labels":{"l":"{{{label}}}"} },"data":{"n":"{{{random.Next()}}}"} }""");
            // Half of these are refused: what is there isn't made again, what isn't there doesn't change.
            _ = random.Next(4) switch
            {
                0 => await cluster.Api.Delete(Maps, "default", name),
                1 => await cluster.Api.Patch(Maps, "default", name, PatchKind.Merge, body),
                _ => await cluster.Api.Create(Maps, "default", body),
            };
        }
    }

    private void Fit(Change<ConfigMap> change)
    {
        lock (model)
        {
            var key = change.Latest.Key;
            var known = model.GetValueOrDefault(key);
            if (change.Old?.Uid != known?.Uid) Complain($"{key} was {known?.Uid ?? "absent"}, told as {change.Old?.Uid ?? "absent"}");
            if (change is { Old: { } old, New: { } now } && (old.Uid != now.Uid || now.Meta.Version <= old.Meta.Version)) Complain($"{key} went from {old.Meta.Version} to {now.Meta.Version}");
            if (change.New is { } there) model[key] = there;
            else model.Remove(key);
        }
    }

    private void Complain(string fault)
    {
        lock (faults) faults.Add(fault);
    }
}
