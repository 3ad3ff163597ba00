using static MiniKube.Store.Tests.Contract.Writes;

namespace MiniKube.Store.Tests.Contract;

public sealed class DifferenceTests(string implementation) : StoreFixture(implementation)
{
    /// <summary>From nothing to many and back, in steps of all sizes: what a later state says has changed is what has.</summary>
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    public async Task What_changed_since_is_what_changed(int seed)
    {
        var (store, random) = (Open(), new Random(seed));
        var earlier = store.Snapshot().Only(["pods"]);
        foreach (var (steps, names, removals) in new[] { (1, 10, 0), (300, 2000, 0), (1, 2000, 0), (40, 2000, 50), (0, 1, 0), (400, 2000, 90), (300, 2000, 100), (700, 700, 100) })
        {
            for (var i = 0; i < steps; i++)
            {
                var key = Key($"n{random.Next(names):D4}", $"ns{random.Next(3)}");
                if (random.Next(100) >= removals) await store.Must(new Change.Put(key, Value($"{seed} {i}"), null));
                else if (store.Get(key) is not null) await store.Must(new Change.Delete(key, null));
            }
            if (steps == 1) await store.Must(new Change.Put(Key("x", "a", "services"), Value("s"), null));
            var now = store.Snapshot();
            var (before, after) = (earlier.List("pods").ToDictionary(e => e.Key), now.List("pods").ToDictionary(e => e.Key));
            var expected = before.Keys.Union(after.Keys).Select(k => (before.GetValueOrDefault(k), after.GetValueOrDefault(k))).Where(p => p.Item1 != p.Item2);
            Assert.That(now.Since(earlier, "pods"), Is.EquivalentTo(expected));
            Assert.That(earlier.Since(now, "pods"), Is.EquivalentTo(expected.Select(p => (p.Item2, p.Item1))), "and back");
            earlier = now.Only(["pods"]);
            Assert.That((earlier.Count("pods"), earlier.Count("services"), earlier.Changed("pods")), Is.EqualTo((now.Count("pods"), 0, now.Changed("pods"))));
        }
    }
}
