using MiniKube.Kinds.Apps;
using MiniKube.Kinds.Core;

namespace MiniKube.Controllers.Tests;

/// <summary>Rollouts under every kind of bad luck keep within their bounds and end where they should.</summary>
public class RolloutSimulation
{
    private const string Template = """
        {"metadata":{"labels":{"app":"w"}},"spec":{"containers":[{"name":"c","image":"IMAGE"}],"terminationGracePeriodSeconds":1}}
        """;

    private static World New(int seed) => new(seed, (caches, _) => [new ReplicaSetController(caches), new DeploymentController(caches)]);

    private static string Deployment(int replicas, string strategy) => $$$"""
        {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"w","namespace":"ns"},"spec":{"replicas":{{{replicas}}},
        "progressDeadlineSeconds":600,"revisionHistoryLimit":2,"strategy":{{{strategy}}},
        "selector":{"matchLabels":{"app":"w"}},"template":{{{Template.Replace("IMAGE", "i:1")}}} } }
        """;

    private static void Expect(World world, int replicas, string image, int seed)
    {
        var pods = world.All<Pod>();
        Assert.That(pods, Has.Count.EqualTo(replicas), $"seed {seed}");
        Assert.That(pods.Select(p => p.Value.Spec!.Containers![0].Image), Is.All.EqualTo(image), $"seed {seed}");
        var deployment = world.All<Deployment>().Single();
        Assert.That(deployment.Value.Status!.UpdatedReplicas ?? 0, Is.EqualTo(replicas), $"seed {seed}");
        Assert.That(deployment.Value.Status.AvailableReplicas ?? 0, Is.EqualTo(replicas), $"seed {seed}");
        Assert.That(deployment.Value.Status.ObservedGeneration, Is.EqualTo(deployment.Meta.Generation), $"seed {seed}");
        Assert.That(deployment.Value.Status.Conditions!.Single(c => c.Type == "Progressing").Reason, Is.EqualTo("NewReplicaSetAvailable"), $"seed {seed}");
    }

    [Test]
    public void A_rolling_update_never_leaves_its_bounds([Range(1, 40)] int seed)
    {
        var world = New(seed);
        world.Make<Deployment>(Deployment(6, """{"type":"RollingUpdate","rollingUpdate":{"maxSurge":2,"maxUnavailable":1}}"""));
        world.Settle();
        Expect(world, 6, "i:1", seed);
        Assert.That(world.PodsCreated, Is.EqualTo(6), $"seed {seed}");

        world.Calm = false;
        world.AfterEveryStep = () =>
        {
            var pods = world.All<Pod>();
            Assert.That(pods.Count(p => p.IsActive()), Is.LessThanOrEqualTo(8), $"surge, seed {seed}");
            Assert.That(pods.Count(p => p.IsActive() && p.IsReady()), Is.GreaterThanOrEqualTo(5), $"availability, seed {seed}");
        };
        world.Patch<Deployment>("ns", "w", """{"spec":{"template":{"spec":{"containers":[{"name":"c","image":"i:2"}]}}}}""");
        world.Steps(400);
        world.Settle();
        Expect(world, 6, "i:2", seed);
        Assert.That(world.PodsCreated, Is.EqualTo(12), $"no pod too many, seed {seed}");
    }

    [Test]
    public void Whatever_the_bounds_they_hold([Range(101, 140)] int seed)
    {
        var luck = new Random(seed);
        var (replicas, surge, unavailable) = (1 + luck.Next(8), luck.Next(4), luck.Next(4));
        if (surge + unavailable == 0) surge = 1;
        var world = New(seed);
        world.Make<Deployment>(Deployment(replicas, $$$"""{"type":"RollingUpdate","rollingUpdate":{"maxSurge":{{{surge}}},"maxUnavailable":{{{unavailable}}}} }"""));
        world.Settle();
        world.Calm = false;
        var told = $"{replicas} +{surge} -{unavailable}, seed {seed}";
        world.AfterEveryStep = () =>
        {
            var pods = world.All<Pod>();
            Assert.That(pods.Count(p => p.IsActive()), Is.LessThanOrEqualTo(replicas + surge), $"surge: {told}");
            Assert.That(pods.Count(p => p.IsActive() && p.IsReady()), Is.GreaterThanOrEqualTo(replicas - unavailable), $"availability: {told}");
        };
        // The second change comes in the middle of the first.
        for (var image = 2; image < 4; image++)
        {
            world.Patch<Deployment>("ns", "w", $$$"""{"spec":{"template":{"spec":{"containers":[{"name":"c","image":"i:{{{image}}}"}]} } } }""");
            world.Steps(20 + luck.Next(200));
        }
        world.Settle();
        Expect(world, replicas, "i:3", seed);
    }

    [Test]
    public void A_recreate_never_runs_two_versions_at_once([Range(1, 20)] int seed)
    {
        var world = New(seed);
        world.Make<Deployment>(Deployment(3, """{"type":"Recreate"}"""));
        world.Settle();
        world.Calm = false;
        world.AfterEveryStep = () => Assert.That(
            world.All<Pod>().Select(p => p.Value.Spec!.Containers![0].Image).Distinct().Count(), Is.LessThanOrEqualTo(1), $"seed {seed}");
        world.Patch<Deployment>("ns", "w", """{"spec":{"template":{"spec":{"containers":[{"name":"c","image":"i:2"}]}}}}""");
        world.Steps(300);
        world.Settle();
        Expect(world, 3, "i:2", seed);
    }

    [Test]
    public void Changes_in_the_middle_of_changes_end_at_the_last_one([Range(1, 20)] int seed)
    {
        var world = New(seed);
        world.Make<Deployment>(Deployment(4, """{"type":"RollingUpdate","rollingUpdate":{"maxSurge":"25%","maxUnavailable":"25%"}}"""));
        for (var image = 2; image < 7; image++)
        {
            world.Steps(30);
            world.Patch<Deployment>("ns", "w", $$$"""{"spec":{"replicas":{{{image}}},"template":{"spec":{"containers":[{"name":"c","image":"i:{{{image}}}"}]} } } }""");
        }
        world.Steps(100);
        world.Settle();
        Expect(world, 6, "i:6", seed);
        Assert.That(world.All<ReplicaSet>().Count(s => s.Wanted() == 0), Is.LessThanOrEqualTo(2), $"history is pruned, seed {seed}");
    }
}
