using System.Collections.Immutable;
using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;
using MiniKube.TestKit;
using HorizontalPodAutoscaler = MiniKube.Kinds.Autoscaling.HorizontalPodAutoscaler;

namespace MiniKube.Controllers.Tests;

/// <summary>
/// What pods use → how many there shall be. A pod is "name cpu/requested", with what is special about it behind: "unready", "pending", "unmeasured", "failed".
/// </summary>
public sealed class AutoscalerTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.Parse("2026-01-01T01:00:00Z");

    private const string Half = "[{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}]";
    private const string Raw = "[{type: Resource, resource: {name: cpu, target: {type: AverageValue, averageValue: 100m}}}]";
    private const string OneContainer = "[{type: ContainerResource, containerResource: {name: cpu, container: c, target: {type: Utilization, averageUtilization: 50}}}]";
    private const string HalfAndQueue = "[{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}, {type: Pods, pods: {metric: {name: queue}, target: {type: AverageValue, averageValue: 1}}}]";

    [TestCase(2, Half, "a 100/100,b 100/100", 4, "SuccessfulRescale New size: 4; reason: cpu resource utilization (percentage of request) above target")]
    [TestCase(2, Half, "a 52/100,b 52/100", 2, "", Description = "a tenth is not worth it")]
    [TestCase(3, Half, "a 10/100,b 10/100,c 10/100", 1, "SuccessfulRescale New size: 1; reason: All metrics below target")]
    [TestCase(1, Half, "a 1000/100", 4, "SuccessfulRescale New size: 4; reason: cpu resource utilization (percentage of request) above target", Description = "not faster than doubling, or four")]
    [TestCase(9, Half, "a 90/100", 5, "SuccessfulRescale New size: 5; reason: Current number of replicas above Spec.MaxReplicas")]
    [TestCase(0, Half, "", 0, "", Description = "scaled to none by hand")]
    [TestCase(2, Half, "a 100/100,b 100/100 pending", 2, "", Description = "who isn't there yet may be enough")]
    [TestCase(2, Half, "a 150/100,b 0/100 unready", 3, "SuccessfulRescale New size: 3; reason: cpu resource utilization (percentage of request) above target")]
    [TestCase(2, Half, "a 10/100,b 0/100 unmeasured", 2, "", Description = "who wasn't measured may be busy")]
    [TestCase(2, Half, "a 100/100,b 0/100 unmeasured", 2, "", Description = "who wasn't measured may be idle")]
    [TestCase(2, Half, "a 100/100,b 900/100 failed", 2, "SuccessfulRescale New size: 2; reason: ")]
    [TestCase(2, Raw, "a 200/0,b 200/0", 4, "SuccessfulRescale New size: 4; reason: cpu resource above target")]
    [TestCase(2, OneContainer, "a 100/100,b 100/100", 4, "SuccessfulRescale New size: 4; reason: cpu resource utilization (percentage of request) above target")]
    [TestCase(2, Half, "a 100/0,b 100/0", 2, "FailedGetResourceMetric failed to get cpu utilization: missing request for cpu in container c of Pod a")]
    [TestCase(2, HalfAndQueue, "a 100/100,b 100/100", 4, "FailedGetPodsMetric unable to get metric queue: unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered")]
    [TestCase(3, HalfAndQueue, "a 10/100,b 10/100,c 10/100", 3, "FailedComputeMetricsReplicas invalid metrics (1 invalid out of 2), first error is: failed to get pods metric value: unable to get metric queue: unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered")]
    public void Use_becomes_a_count(int replicas, string metrics, string pods, int becomes, string told)
    {
        var (plan, _) = AutoscalerPlan.For(Seen(replicas, metrics, pods));
        Assert.That(Replicas(plan) ?? replicas, Is.EqualTo(becomes), string.Join('\n', PlanText.Of(plan)));
        if (told.Length > 0 && becomes != replicas || told.StartsWith("Failed", StringComparison.Ordinal)) Assert.That(Told(plan), Does.Contain(told));
    }

    private const string Queue = "[{type: Pods, pods: {metric: {name: queue}, target: {type: AverageValue, averageValue: 10}}}]";
    private const string Hits = "[{type: Object, object: {metric: {name: hits}, describedObject: {apiVersion: v1, kind: Service, name: web}, target: {type: Value, value: 10}}}]";
    private const string HitsEach = "[{type: Object, object: {metric: {name: hits}, describedObject: {apiVersion: v1, kind: Service, name: web}, target: {type: AverageValue, averageValue: 10}}}]";
    private const string Letters = "[{type: External, external: {metric: {name: letters, selector: {matchLabels: {box: in}}}, target: {type: AverageValue, averageValue: 10}}}]";
    private const string LettersWhole = "[{type: External, external: {metric: {name: letters}, target: {type: Value, value: 10}}}]";

    [TestCase(2, Queue, "a 0/0,b 0/0", "a 20,b 20", 4, "SuccessfulRescale New size: 4; reason: pods metric queue above target")]
    [TestCase(2, Queue, "a 0/0,b 0/0", "a 10,b 10", 2, "")]
    [TestCase(2, Queue, "a 0/0,b 0/0", "a 2,b 2", 1, "SuccessfulRescale New size: 1; reason: All metrics below target")]
    [TestCase(2, Queue, "a 0/0,b 0/0", "a 15", 2, "", Description = "who wasn't measured may be idle")]
    [TestCase(2, Queue, "a 0/0,b 0/0", "!no metrics returned from custom metrics API", 2, "FailedGetPodsMetric unable to get metric queue: no metrics returned from custom metrics API")]
    [TestCase(2, Hits, "a 0/0,b 0/0", "web 20", 4, "SuccessfulRescale New size: 4; reason: Service metric hits above target")]
    [TestCase(2, Hits, "a 0/0,b 0/0 unready", "web 20", 2, "", Description = "of those that are ready twice as many")]
    [TestCase(2, HitsEach, "a 0/0,b 0/0", "web 40", 4, "SuccessfulRescale New size: 4; reason: Service metric hits above target")]
    [TestCase(2, HitsEach, "a 0/0,b 0/0", "web 21", 2, "")]
    [TestCase(2, Letters, "a 0/0,b 0/0", " 15, 15", 3, "SuccessfulRescale New size: 3; reason: external metric letters(box=in) above target")]
    [TestCase(2, LettersWhole, "a 0/0,b 0/0", " 20", 4, "SuccessfulRescale New size: 4; reason: external metric letters(nil) above target")]
    [TestCase(2, LettersWhole, "a 0/0,b 0/0", "!unable to fetch metrics from external metrics API: gone", 2, "FailedGetExternalMetric unable to get external metric ns/letters/nil: unable to fetch metrics from external metrics API: gone")]
    public void What_other_servers_measure_becomes_a_count(int replicas, string metrics, string pods, string measured, int becomes, string told)
    {
        var custom = measured[0] == '!' ? new CustomSeen([], measured[1..])
            : new CustomSeen([.. measured.Split(',').Select(m => m.Split(' ')).Select(m => (m[0], new PodUse(Quantity.Parse(m[1]).MilliValue, default, default)))], null);
        var (plan, _) = AutoscalerPlan.For(Seen(replicas, metrics, pods) with { Custom = [custom] });
        Assert.That(Replicas(plan) ?? replicas, Is.EqualTo(becomes), string.Join('\n', PlanText.Of(plan)));
        if (told.Length > 0) Assert.That(Told(plan).Concat(PlanText.Of(plan)), Has.Some.Contains(told));
    }

    [Test]
    public void Where_nothing_is_measured_upstreams_words_say_so()
    {
        var seen = Seen(1, Half, "a 1/1") with { Use = UseSeen.Nothing with { Fault = "unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)" } };
        var (plan, _) = AutoscalerPlan.For(seen);
        const string error = "failed to get cpu utilization: unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)";
        Assert.That(Told(plan), Is.EqualTo(new[] { $"FailedGetResourceMetric {error}", $"FailedComputeMetricsReplicas invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value: {error}" }));
        var status = plan.Actions.OfType<PlanAction.SetStatus>().Single().Status;
        Assert.That(status.List("currentMetrics")!.ToString(), Is.EqualTo("[{\"type\":\"\"}]"));
        Assert.That(status.List("conditions")!.Maps().Select(c => $"{c.Text("type")} {c.Text("status")} {c.Text("reason")}: {c.Text("message")}"), Is.EqualTo(new[]
        {
            "AbleToScale True SucceededGetScale: the HPA controller was able to get the target's current scale", $"ScalingActive False FailedGetResourceMetric: the HPA was unable to compute the replica count: {error}",
        }));
        Assert.That((status.Whole("currentReplicas"), status.Whole("desiredReplicas")), Is.EqualTo((1L, 0L)));
    }

    [Test]
    public void What_was_advised_lately_keeps_it_from_shrinking()
    {
        var seen = Seen(3, Half, "a 10/100,b 10/100,c 10/100") with { History = ScalingHistory.Empty with { Advised = [(3, Now.AddSeconds(-299))] } };
        var (plan, history) = AutoscalerPlan.For(seen);
        Assert.That(Replicas(plan), Is.Null);
        Assert.That(Condition(plan, "AbleToScale"), Is.EqualTo("True ScaleDownStabilized"));
        Assert.That(Replicas(AutoscalerPlan.For(seen with { History = history, Now = Now.AddSeconds(2) }).Plan), Is.EqualTo(1));
    }

    [TestCase("{scaleUp: {stabilizationWindowSeconds: 0, selectPolicy: Max, policies: [{type: Pods, value: 1, periodSeconds: 60}]}}", 2, 3, "ScaleUpLimit")]
    [TestCase("{scaleUp: {stabilizationWindowSeconds: 0, selectPolicy: Max, policies: [{type: Pods, value: 1, periodSeconds: 60}, {type: Percent, value: 200, periodSeconds: 60}]}}", 2, 4, "DesiredWithinRange")]
    [TestCase("{scaleUp: {stabilizationWindowSeconds: 0, selectPolicy: Min, policies: [{type: Pods, value: 1, periodSeconds: 60}, {type: Percent, value: 200, periodSeconds: 60}]}}", 2, 3, "ScaleUpLimit")]
    [TestCase("{scaleUp: {stabilizationWindowSeconds: 0, selectPolicy: Disabled, policies: [{type: Pods, value: 9, periodSeconds: 60}]}}", 2, 2, "ScaleUpLimit")]
    public void Growth_is_held_to_its_rules(string behavior, int from, int to, string limit)
    {
        var seen = Seen(from, Half, "a 100/100,b 100/100", behavior);
        var (plan, history) = AutoscalerPlan.For(seen);
        Assert.That((Replicas(plan) ?? from, Condition(plan, "ScalingLimited").Split(' ')[1]), Is.EqualTo((to, limit)));
        if (to == from || limit != "ScaleUpLimit") return;
        // Its share of the minute is used up, and comes back.
        var again = seen with { Scale = seen.Scale! with { Wanted = to }, History = history, Now = Now.AddSeconds(59) };
        Assert.That(Replicas(AutoscalerPlan.For(again).Plan), Is.Null);
        Assert.That(Replicas(AutoscalerPlan.For(again with { Now = Now.AddSeconds(61) }).Plan), Is.EqualTo(to + 1));
    }

    [Test]
    public void Shrinking_is_held_to_its_rules()
    {
        var seen = Seen(4, Half, "a 1/100,b 1/100,c 1/100,d 1/100", "{scaleDown: {stabilizationWindowSeconds: 0, selectPolicy: Max, policies: [{type: Percent, value: 25, periodSeconds: 60}]}}");
        var (plan, _) = AutoscalerPlan.For(seen);
        Assert.That((Replicas(plan), Condition(plan, "ScalingLimited")), Is.EqualTo((3, "True ScaleDownLimit")));
    }

    [Test]
    public void Two_that_pull_at_the_same_pods_do_nothing()
    {
        var (plan, _) = AutoscalerPlan.For(Seen(2, Half, "a 100/100") with { Rivals = ["ns/h", "ns/other"] });
        Assert.That(Replicas(plan), Is.Null);
        Assert.That(Told(plan), Does.Contain("AmbiguousSelector pods by selector app=w are controlled by multiple HPAs: [ns/h ns/other]"));
    }

    [Test]
    public void What_cannot_be_scaled_says_why()
    {
        var (plan, _) = AutoscalerPlan.For(Seen(2, Half, "") with { Scale = null, ScaleFault = "deployments.apps \"w\" not found" });
        Assert.That(Condition(plan, "AbleToScale"), Is.EqualTo("False FailedGetScale"));
        Assert.That(Told(plan), Is.EqualTo(new[] { "FailedGetScale deployments.apps \"w\" not found" }));
    }

    private static AutoscalerSeen Seen(int replicas, string metrics, string pods, string? behavior = null)
    {
        var hpa = $"{{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {{name: h, namespace: ns, uid: u}}, spec: {{minReplicas: 1, maxReplicas: 5, metrics: {metrics}{(behavior is null ? "" : $", behavior: {behavior}")}}}}}";
        var described = pods.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(p => p.Split(' ', '/')).ToArray();
        return new(Read<HorizontalPodAutoscaler>(hpa), new(new("apps", "v1", "deployments"), "w", "7", replicas, replicas, "app=w"), null, [.. described.Select(Pod)], ["ns/h"],
            new(described.Where(p => p is not [_, _, _, "unmeasured"]).ToDictionary(p => p[0], p => new MeasuredPod(Now, TimeSpan.FromSeconds(15),
                new Dictionary<string, IReadOnlyDictionary<string, Quantity>> { ["c"] = new Dictionary<string, Quantity> { ["cpu"] = Quantity.Parse($"{p[1]}m") } })), null),
            // What it was at the start says nothing about how far it may shrink.
            ScalingHistory.Empty with { Advised = ImmutableList.Create((0, Now.AddHours(-1))) }, null, Now);
    }

    private static Item<Pod> Pod(string[] words)
    {
        var kind = words.Length > 3 ? words[3] : "";
        var (phase, ready) = kind switch { "pending" => ("Pending", "False"), "failed" => ("Failed", "False"), "unready" => ("Running", "False"), _ => ("Running", "True") };
        // Ready for half an hour; who isn't has never been.
        var changed = ready == "True" ? "2026-01-01T00:30:00Z" : "2026-01-01T00:00:10Z";
        var requests = words[2] == "0" ? "" : $", resources: {{requests: {{cpu: {words[2]}m}}}}";
        return Read<Pod>($"{{apiVersion: v1, kind: Pod, metadata: {{name: {words[0]}, namespace: ns, uid: {words[0]}}}, spec: {{containers: [{{name: c{requests}}}]}}, "
            + $"status: {{phase: {phase}, startTime: \"2026-01-01T00:00:00Z\", conditions: [{{type: Ready, status: \"{ready}\", lastTransitionTime: \"{changed}\"}}]}}}}");
    }

    private static Item<T> Read<T>(string yaml) where T : Kinds.KubeObject => Resources.Of<T>().Item(JsonWriter.ToUtf8(YamlReader.Read(yaml)));

    private static int? Replicas(Plan plan) => (int?)plan.Actions.OfType<PlanAction.Patch>().SingleOrDefault()?.MergePatch.Map("spec")?.Whole("replicas");

    private static string[] Told(Plan plan) => [.. plan.Actions.OfType<PlanAction.Emit>().Select(e => $"{e.Reason} {e.Message}"), .. plan.Actions.OfType<PlanAction.Patch>().Select(p => $"{p.Announce?.Done?.Reason} {p.Announce?.Done?.Message}")];

    private static string Condition(Plan plan, string type) =>
        plan.Actions.OfType<PlanAction.SetStatus>().Single().Status.List("conditions")!.Maps().Where(c => c.Text("type") == type).Select(c => $"{c.Text("status")} {c.Text("reason")}").Single();
}
