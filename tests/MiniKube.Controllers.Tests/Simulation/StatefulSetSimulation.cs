using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;

namespace MiniKube.Controllers.Tests;

/// <summary>Whatever happens, a StatefulSet comes up and goes down in order.</summary>
public class StatefulSetSimulation
{
    private static readonly string Set = """
        {"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"name":"db","namespace":"ns"},"spec":{"replicas":4,"serviceName":"db",
        "podManagementPolicy":"OrderedReady","revisionHistoryLimit":2,"updateStrategy":{"type":"RollingUpdate","rollingUpdate":{"partition":0}},
        "selector":{"matchLabels":{"app":"db"}},"template":{"metadata":{"labels":{"app":"db"}},"spec":{"containers":[{"name":"c","image":"i:1"}],
        "terminationGracePeriodSeconds":1}}}}
        """;

    private static int Ordinal(Item<Pod> pod) => int.Parse(pod.Name.AsSpan(3));

    private static World New(int seed)
    {
        var world = new World(seed, (caches, _) => [new StatefulSetController(caches)]);
        world.Make<Kinds.Apps.StatefulSet>(Set);
        return world;
    }

    [Test]
    public void A_pod_comes_only_when_all_before_it_are_ready([Range(1, 30)] int seed)
    {
        var world = New(seed);
        var known = 0;
        world.AfterEveryStep = () =>
        {
            var pods = world.All<Pod>();
            if (pods.Count > known)
            {
                var newest = pods.Max(Ordinal);
                Assert.That(pods.Count(p => Ordinal(p) < newest && p.IsReady() && !p.BeingDeleted), Is.EqualTo(newest), $"seed {seed}");
            }
            known = pods.Count;
        };
        world.Steps(200);
        world.Settle();
        Assert.That(world.All<Pod>().Select(Ordinal).Order(), Is.EqualTo([0, 1, 2, 3]), $"seed {seed}");
        Assert.That(world.PodsCreated, Is.EqualTo(4), $"seed {seed}");
    }

    [Test]
    public void An_update_takes_one_at_a_time_from_the_last_to_the_first([Range(1, 30)] int seed)
    {
        var world = New(seed);
        world.Settle();
        world.Calm = false;
        var order = new List<int>();
        world.AfterEveryStep = () =>
        {
            var pods = world.All<Pod>();
            Assert.That(pods.Count(p => p.IsReady() && !p.BeingDeleted), Is.GreaterThanOrEqualTo(3), $"seed {seed}");
            foreach (var going in pods.Where(p => p.BeingDeleted && !order.Contains(Ordinal(p)))) order.Add(Ordinal(going));
        };
        world.Patch<Kinds.Apps.StatefulSet>("ns", "db", """{"spec":{"template":{"spec":{"containers":[{"name":"c","image":"i:2"}]}}}}""");
        world.Steps(300);
        world.Settle();
        Assert.That(order, Is.EqualTo([3, 2, 1, 0]), $"seed {seed}");
        Assert.That(world.All<Pod>().Select(p => p.Value.Spec!.Containers![0].Image), Is.All.EqualTo("i:2"), $"seed {seed}");
        Assert.That(world.PodsCreated, Is.EqualTo(8), $"seed {seed}");
    }

    [Test]
    public void It_shrinks_from_the_end([Range(1, 20)] int seed)
    {
        var world = New(seed);
        world.Settle();
        world.Calm = false;
        world.AfterEveryStep = () =>
        {
            var left = world.All<Pod>().Select(Ordinal).Order().ToArray();
            Assert.That(left, Is.EqualTo(Enumerable.Range(0, left.Length)), $"seed {seed}");
            Assert.That(world.All<Pod>().Count(p => p.BeingDeleted), Is.LessThanOrEqualTo(1), $"seed {seed}");
        };
        world.Patch<Kinds.Apps.StatefulSet>("ns", "db", """{"spec":{"replicas":1}}""");
        world.Steps(200);
        world.Settle();
        Assert.That(world.All<Pod>().Select(Ordinal), Is.EqualTo([0]), $"seed {seed}");
    }
}
