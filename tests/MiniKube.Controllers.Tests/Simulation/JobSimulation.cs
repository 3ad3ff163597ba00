using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;

namespace MiniKube.Controllers.Tests;

/// <summary>A Job never runs more than it may, counts each pod once, and ends, whatever happens to it on the way.</summary>
public class JobSimulation
{
    private const int Completions = 6;
    private const int Parallelism = 2;

    private static string Job(string mode) => $$$"""
        {"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"j","namespace":"ns"},"spec":{"completions":{{{Completions}}},"parallelism":{{{Parallelism}}},
        "backoffLimit":50,"completionMode":"{{{mode}}}","suspend":false,"podReplacementPolicy":"TerminatingOrFailed",
        "selector":{"matchLabels":{"job-name":"j"}},"template":{"metadata":{"labels":{"job-name":"j"}},
        "spec":{"restartPolicy":"Never","containers":[{"name":"c","image":"i"}],"terminationGracePeriodSeconds":1} } } }
        """;

    private static bool Holds(Item<Pod> pod) => !pod.IsTerminal();

    [Test]
    public void It_keeps_to_its_numbers([Values("NonIndexed", "Indexed")] string mode, [Range(1, 25)] int seed)
    {
        var world = new World(seed, (caches, _) => [new JobController(caches)]);
        world.Make<Kinds.Batch.Job>(Job(mode));
        var luck = new Random(seed);
        world.AfterEveryStep = () =>
        {
            var pods = world.All<Pod>();
            Assert.That(pods.Count(Holds), Is.LessThanOrEqualTo(Parallelism), $"parallelism, seed {seed}");
            Assert.That(pods.Count(p => p.Phase() == "Succeeded"), Is.LessThanOrEqualTo(Completions), $"completions, seed {seed}");
        };
        for (var round = 0; round < 400 && !Ended(world); round++)
        {
            world.Steps(luck.Next(20));
            world.Calm = true;
            if (world.All<Pod>().FirstOrDefault(p => p.Phase() == "Running" && !p.BeingDeleted) is { } running)
                world.SetPod("ns", running.Name, luck.Next(5) == 0 ? "Failed" : "Succeeded", ready: false);
            world.Calm = false;
            // Long enough for what waits for the end of a back-off.
            if (luck.Next(5) == 0) world.Time.Advance(TimeSpan.FromMinutes(10));
        }
        world.Settle();
        var status = world.All<Kinds.Batch.Job>().Single().Value.Status!;
        Assert.That(status.Conditions?.Select(c => c.Type), Is.EqualTo(["SuccessCriteriaMet", "Complete"]), $"seed {seed}");
        Assert.That(status.Succeeded, Is.EqualTo(Completions), $"seed {seed}");
        Assert.That((status.Succeeded ?? 0) + (status.Failed ?? 0), Is.EqualTo(world.PodsCreated), $"every pod counted once, seed {seed}");
        Assert.That(world.All<Pod>().SelectMany(p => p.Meta.Finalizers), Is.Empty, $"seed {seed}");
        if (mode == "Indexed") Assert.That(status.CompletedIndexes, Is.EqualTo("0-5"), $"seed {seed}");
    }

    private static bool Ended(World world) => world.All<Kinds.Batch.Job>().Single().Value.Status?.Conditions?.Any(c => c.Type == "Complete") == true;
}
