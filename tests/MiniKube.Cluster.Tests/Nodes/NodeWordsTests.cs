using MiniKube.Kinds.Core;

namespace MiniKube.Cluster.Tests.Nodes;

/// <summary>What a node says about its pods, word for word, and what of it survives that the engine forgets.</summary>
[TestFixture]
public sealed class NodeWordsTests : OnSimulatedNode
{
    [Test]
    public async Task An_image_is_fetched_once_and_both_is_told()
    {
        await Run("first", "image: fetched");
        await Told("first", "Normal:Pulling:Pulling image \"fetched\"");
        await Told("first", "Normal:Pulled:Successfully pulled image \"fetched\" in 0s (0s including waiting). Image size: ");
        await Told("first", " bytes.");
        await Told("first", "Normal:Created:Container created");
        await Told("first", "Normal:Started:Container started");
        await Run("second", "image: fetched, imagePullPolicy: IfNotPresent");
        await Told("second", "Normal:Pulled:Container image \"fetched\" already present on machine and can be accessed by the pod");
    }

    [Test]
    public async Task An_image_that_cannot_be_had_is_held_back_with_its_cause()
    {
        const string cause = "registry.invalid/nothing:1: not found: no registry is simulated at registry.invalid";
        await Make("imageless", "image: \"registry.invalid/nothing:1\"");
        await Waits("imageless", "ErrImagePull", cause);
        await Refuses("imageless", "c", "container \"c\" in pod \"imageless\" is waiting to start: image can't be pulled");
        await Told("imageless", $"Warning:Failed:Failed to pull image \"registry.invalid/nothing:1\": {cause}");
        await Told("imageless", "Warning:Failed:Error: ErrImagePull");
        await Waits("imageless", "ImagePullBackOff", $"Back-off pulling image \"registry.invalid/nothing:1\": ErrImagePull: {cause}", moving: true);
        await Refuses("imageless", "c", "container \"c\" in pod \"imageless\" is waiting to start: trying and failing to pull image");
        await Told("imageless", "Normal:BackOff:Back-off pulling image \"registry.invalid/nothing:1\"");
        await Told("imageless", "Warning:Failed:Error: ImagePullBackOff");
    }

    [Test]
    public async Task Whoever_waits_has_no_log_and_says_what_for()
    {
        await Make("waiting", "image: server, envFrom: [{configMapRef: {name: nosuch}}]");
        await Waits("waiting", "CreateContainerConfigError", "configmap \"nosuch\" not found");
        await Refuses("waiting", "c", "container \"c\" in pod \"waiting\" is waiting to start: CreateContainerConfigError");
        await Make("mounting", "image: server, volumeMounts: [{name: v, mountPath: /v}]", "volumes: [{name: v, configMap: {name: nosuch}}]");
        await Waits("mounting", "ContainerCreating", null);
        await Refuses("mounting", "c", "container \"c\" in pod \"mounting\" is waiting to start: ContainerCreating");
        await Make("preparing", "image: server", "initContainers: [{name: i, image: server, command: [sleep, \"3600\"]}]");
        await Waits("preparing", "PodInitializing", null);
        await Refuses("preparing", "c", "container \"c\" in pod \"preparing\" is waiting to start: PodInitializing");
        await Refuses("preparing", "i", "previous terminated container \"i\" in pod \"preparing\" not found", previous: true);
    }

    [Test]
    public async Task A_probe_that_takes_too_long_names_its_command_and_its_time()
    {
        await Run("slow", "image: server, readinessProbe: {exec: {command: [sleep, \"3600\"]}, periodSeconds: 1, timeoutSeconds: 2}");
        await Told("slow", "Warning:Unhealthy:Readiness probe failed: command timed out: \"sleep 3600\" timed out after 2s", moving: true);
    }

    [Test]
    public async Task A_label_given_for_a_pods_sake_counts_at_once()
    {
        await Run("early", "image: server");
        // The clock stands still: the node does not look at itself meanwhile.
        await Cluster.Patch<Node>("n", """{"metadata":{"labels":{"disk":"fast"}}}""");
        await Run("labelled", "image: server", "nodeSelector: {disk: fast}");
        await Make("elsewhere", "image: server", "nodeSelector: {disk: slow}");
        await Cluster.Until<Pod>("elsewhere", p => p.Value.Status is { Phase: "Failed", Reason: "NodeAffinity" }, seconds: 60);
    }

    [Test]
    public async Task A_container_taken_away_behind_the_nodes_back_is_a_restart()
    {
        await Run("robbed", "image: server");
        var pod = (await Cluster.Get<Pod>("robbed"))!;
        await Node.Engine.RemoveContainer((await Node.Container(pod.Uid, "c")).Id);
        await Cluster.Until<Pod>("robbed", p => Text(p.Value) == "1 True ContainerStatusUnknown 137", seconds: 60);
        // And it stays told, however often the node looks again.
        await Cluster.Patch<Pod>("robbed", """{"metadata":{"labels":{"looked":"again"}}}""");
        await Cluster.Until(async () => (await Cluster.Get<Pod>("robbed"))!.Value is { Metadata.Labels: { Count: > 0 } } now && Text(now) == "1 True ContainerStatusUnknown 137", () => Task.FromResult("it is forgotten"), seconds: 60);

        static string Text(Pod pod) => pod.Status?.ContainerStatuses is [var c] ? $"{c.RestartCount} {c.Ready} {c.LastState?.Terminated?.Reason} {c.LastState?.Terminated?.ExitCode}" : "";
    }

    [Test]
    public async Task A_node_whose_network_comes_up_again_was_ready_all_the_time()
    {
        await using (var before = new SimulatedNode(Cluster, "back", Time))
        {
            await Ready();
            await Started(1);
        }
        // Events are named after their time.
        Time.Advance(TimeSpan.FromSeconds(1));
        await using var again = new SimulatedNode(Cluster, "back", Time, connected: false);
        await Cluster.Create<Pod>("{apiVersion: v1, kind: Pod, metadata: {name: waits}, spec: {nodeName: back, hostNetwork: true, containers: [{name: c, image: server}]}}");
        // It is at work before it has a network of its own for pods.
        await Cluster.Until<Pod>("waits", p => p.Value.Status?.Phase == "Running", seconds: 60);
        again.Connect();
        await Started(2);
        Assert.That((await Cluster.List<Event>()).Where(e => e.Value is { Reason: "NodeNotReady", InvolvedObject.Name: "back" or "waits" }), Is.Empty);

        Task Started(int times) => Cluster.Until(async () => (await Cluster.List<Event>()).Where(e => e.Value is { Reason: "Starting", InvolvedObject.Name: "back" }).Sum(e => e.Value.Count ?? 1) == times,
            () => Task.FromResult($"it has not reported {times} times"), seconds: 60);
        Task Ready() => Cluster.Until<Node>("back", n => n.Value.Status?.Conditions?.Any(c => c is { Type: "Ready", Status: "True" }) == true, seconds: 60);
    }

    private Task Make(string name, string container, string spec = "") =>
        Cluster.Create<Pod>($"{{apiVersion: v1, kind: Pod, metadata: {{name: {name}}}, spec: {{nodeName: n, {spec}{(spec.Length > 0 ? ", " : "")}containers: [{{name: c, {container}}}]}}}}");

    private async Task Run(string name, string container, string spec = "")
    {
        await Make(name, container, spec);
        await Cluster.Until<Pod>(name, p => p.Value.Status?.Phase == "Running", seconds: 60);
    }

    private Task Waits(string name, string reason, string? message, bool moving = false) => Cluster.Until(async () =>
    {
        if (moving) Time.Advance(TimeSpan.FromMilliseconds(200));
        return (await Cluster.Get<Pod>(name))?.Value.Status?.ContainerStatuses?[0].State?.Waiting is { } waiting && waiting.Reason == reason && (message is null || waiting.Message == message);
    }, async () => $"{(await Cluster.Get<Pod>(name))?.Value.Status?.ContainerStatuses?[0].State?.Waiting}", seconds: 60);

    private Task Refuses(string pod, string container, string wanted, bool previous = false) =>
        Cluster.Until(async () => await Node.LogRefusal(pod, container, previous) == wanted, async () => $"{await Node.LogRefusal(pod, container, previous)}", seconds: 60);

    private Task Told(string name, string text, bool moving = false) => Cluster.Until(async () =>
    {
        if (moving) Time.Advance(TimeSpan.FromSeconds(1));
        return (await Events(name)).Contains(text, StringComparison.Ordinal);
    }, async () => $"{text} is not among\n{await Events(name)}", seconds: 60);

    private async Task<string> Events(string name) =>
        string.Join('\n', (await Cluster.List<Event>()).Where(e => e.Value.InvolvedObject?.Name == name).Select(e => $"{e.Value.Type}:{e.Value.Reason}:{e.Value.Message}"));
}
