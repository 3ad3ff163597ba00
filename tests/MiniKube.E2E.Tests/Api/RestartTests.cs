using System.Text.Json.Nodes;
using MiniKube.TestKit;

namespace MiniKube.E2E.Tests.Api;

/// <summary>
/// Killed in the middle of its work and started again, the cluster ends where it would have ended, and at no revision on the way
/// were there more pods, or fewer, than the object allows: the store's history tells every moment.
/// </summary>
[TestFixture]
public sealed class RestartTests
{
    private const string Here = "/api/v1/namespaces/default/pods";

    private MinikProcess minik = null!;
    private Random chance = null!;

    [SetUp]
    public async Task Start()
    {
        chance = new Random(20);
        minik = await MinikProcess.Start("--runtime", "none", "--simulate-nodes", "3");
        await Until.Says(() => minik.Kubectl("get serviceaccounts"), "default");
    }

    [TearDown]
    public async Task Stop() => await minik.DisposeAsync();

    [Test]
    public async Task A_rollout_keeps_its_bounds_through_kills()
    {
        await Do("apply -f -", """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: w}
            spec:
              replicas: 20
              selector: {matchLabels: {app: w}}
              strategy: {rollingUpdate: {maxSurge: 3, maxUnavailable: 2}}
              template:
                metadata: {labels: {app: w}}
                spec: {terminationGracePeriodSeconds: 1, containers: [{name: c, image: "i:0"}]}
            """);
        await Do("rollout status deployment/w --timeout=180s");
        var from = await Revision();
        for (var image = 1; image <= 4; image++)
        {
            await Do($"set image deployment/w c=i:{image}");
            var half = chance.Next(1, 20);
            await KillOnce(async () => await Count(p => Image(p) == $"i:{image}") >= half);
            await Do("rollout status deployment/w --timeout=180s");
        }
        var pods = Pods(await Get(Here)).Where(Active).ToList();
        Assert.That(pods.Select(Image), Is.EqualTo(Enumerable.Repeat("i:4", 20)));
        await Replay(from, now =>
        {
            Assert.That(now.Count(Active), Is.LessThanOrEqualTo(23), "more than replicas and surge");
            Assert.That(now.Count(p => Active(p) && Ready(p)), Is.GreaterThanOrEqualTo(18), "fewer than may be missing");
        });
    }

    [Test]
    public async Task A_job_runs_nothing_twice_through_kills()
    {
        var from = await Revision();
        await Do("apply -f -", """
            apiVersion: batch/v1
            kind: Job
            metadata: {name: j}
            spec:
              completions: 24
              parallelism: 4
              template:
                metadata: {annotations: {sim.minik.io/run-seconds: "0.2"}}
                spec: {restartPolicy: Never, terminationGracePeriodSeconds: 1, containers: [{name: c, image: i}]}
            """);
        foreach (var done in new[] { 3, 11, 19 })
            await KillOnce(async () => await Count(p => Phase(p) == "Succeeded") >= done);
        await Do("wait --for=condition=complete job/j --timeout=180s");
        Assert.That(await Do("get job j -o jsonpath={.status.succeeded}"), Is.EqualTo("24"));
        var ever = new HashSet<string>(StringComparer.Ordinal);
        await Replay(from, now =>
        {
            foreach (var pod in now) ever.Add(pod["metadata"]!["uid"]!.GetValue<string>());
            Assert.That(now.Count(Active), Is.LessThanOrEqualTo(4), "more than the parallelism");
        });
        Assert.That(ever, Has.Count.EqualTo(24), "pods beyond the completions");
    }

    [Test]
    public async Task Ordinals_of_a_set_stay_single_and_in_order_through_kills()
    {
        var from = await Revision();
        await Do("apply -f -", """
            apiVersion: apps/v1
            kind: StatefulSet
            metadata: {name: s}
            spec:
              replicas: 6
              serviceName: s
              selector: {matchLabels: {app: s}}
              template:
                metadata: {labels: {app: s}}
                spec: {terminationGracePeriodSeconds: 1, containers: [{name: c, image: i}]}
            """);
        foreach (var there in new[] { 2, 4 })
            await KillOnce(async () => await Count(_ => true) >= there);
        await Do("rollout status statefulset/s --timeout=180s");
        await Replay(from, now =>
        {
            var ready = now.Where(Ready).Select(Ordinal).ToHashSet();
            foreach (var pod in now) Assert.That(Enumerable.Range(0, Ordinal(pod)).Where(before => !ready.Contains(before)), Is.Empty, $"s-{Ordinal(pod)} came before its elders were ready");
        });
    }

    [Test]
    public async Task What_was_to_go_is_gone_after_kills()
    {
        await Do("create namespace doomed");
        await Until.Says(() => minik.Kubectl("-n doomed get serviceaccounts"), "default");
        await Do("-n doomed create deployment w --image=i --replicas=15");
        for (var i = 0; i < 15; i++) await Do($"-n doomed create configmap m{i}");
        await Do("create deployment cascade --image=i --replicas=15");
        await Do("rollout status deployment/cascade --timeout=180s");
        await Do("-n doomed rollout status deployment/w --timeout=180s");
        await Do("delete deployment cascade --cascade=foreground --wait=false");
        await Do("delete namespace doomed --wait=false");
        await KillOnce(async () => Pods(await Get("/api/v1/pods")).Count() < 30);
        await KillOnce(async () => Pods(await Get("/api/v1/pods")).Count() < 12);
        await Until.True(async () => !(await minik.Kubectl("get namespaces,deployments,replicasets,pods -o name")).Text.Split('\n').Any(l => l.Contains("doomed", StringComparison.Ordinal) || l.Contains("cascade", StringComparison.Ordinal)));
        Assert.That((await Do("get deployments,replicasets,pods -A -o name")).Trim(), Is.Empty);
        Assert.That((await minik.Kubectl("-n doomed get configmaps -o name")).Text.Trim(), Is.Empty);
    }

    private async Task KillOnce(Func<Task<bool>> moment)
    {
        await Until.True(moment);
        await minik.Kill();
        await minik.Run();
    }

    private async Task<string> Do(string command, string? input = null)
    {
        var output = await minik.Kubectl(command, input);
        Assert.That(output.Code, Is.Zero, $"{command}: {output.All}");
        return output.Text;
    }

    private async Task<JsonNode> Get(string path) => JsonNode.Parse(await Do($"get --raw {path}"))!;

    private async Task<int> Count(Func<JsonNode, bool> which) => Pods(await Get(Here)).Count(which);

    private async Task<string> Revision() => (await Get(Here))["metadata"]!["resourceVersion"]!.GetValue<string>();

    /// <summary>Every state the pods of the namespace were in since a revision, one change after the other.</summary>
    private async Task Replay(string from, Action<IReadOnlyCollection<JsonNode>> holds)
    {
        var pods = Pods(await Get($"{Here}?resourceVersion={from}&resourceVersionMatch=Exact")).ToDictionary(Name);
        var changes = 0;
        foreach (var line in (await Do($"get --raw {Here}?watch=1&resourceVersion={from}&timeoutSeconds=2")).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var change = JsonNode.Parse(line)!;
            var pod = change["object"]!;
            if (change["type"]!.GetValue<string>() == "DELETED") pods.Remove(Name(pod));
            else pods[Name(pod)] = pod;
            holds(pods.Values);
            changes++;
        }
        Assert.That(changes, Is.GreaterThan(10));
    }

    private static IEnumerable<JsonNode> Pods(JsonNode list) => list["items"]!.AsArray().Select(p => p!);
    private static string Name(JsonNode pod) => pod["metadata"]!["name"]!.GetValue<string>();
    private static int Ordinal(JsonNode pod) => int.Parse(Name(pod).Split('-')[^1], System.Globalization.CultureInfo.InvariantCulture);
    private static string Image(JsonNode pod) => pod["spec"]!["containers"]![0]!["image"]!.GetValue<string>();
    private static string Phase(JsonNode pod) => pod["status"]?["phase"]?.GetValue<string>() ?? "";
    private static bool Active(JsonNode pod) => pod["metadata"]!["deletionTimestamp"] is null && Phase(pod) is not ("Succeeded" or "Failed");
    private static bool Ready(JsonNode pod) => pod["status"]?["conditions"]?.AsArray().Any(c => c!["type"]!.GetValue<string>() == "Ready" && c["status"]!.GetValue<string>() == "True") == true;
}
