using System.Globalization;
using MiniKube.Kinds;
using MiniKube.Kinds.Core;
using MiniKube.Kubelet.Pods;
using MiniKube.Kubelet.Status;
using MiniKube.Machinery;

namespace MiniKube.Kubelet.Tests;

/// <summary>Every file in Cases: a pod's spec, what the engine holds of it, and the plan and status that must come of it. Times are seconds before now.</summary>
[TestFixture]
public sealed class PlanCases
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private static IEnumerable<string> Cases() =>
        Directory.EnumerateFiles(Path.Combine(TestContext.CurrentContext.TestDirectory, "Cases"), "*.yaml").Select(Path.GetFileNameWithoutExtension).Order()!;

    [TestCaseSource(nameof(Cases))]
    public void Decides(string name)
    {
        var file = (JsonMap)YamlReader.Read(File.ReadAllText(Path.Combine(TestContext.CurrentContext.TestDirectory, "Cases", name + ".yaml")));
        var seen = Seen(file);
        var plan = PodPlan.For(seen);
        var status = PodStatuses.For(seen, plan);
        Assert.Multiple(() =>
        {
            Assert.That(plan.Steps.Select(Text), Is.EqualTo((file.List("plan") ?? []).Texts()));
            if (file.Text("phase") is { } phase) Assert.That(status.Phase, Is.EqualTo(phase));
            if (file.Whole("containers-told") is { } count) Assert.That(status.ContainerStatuses?.Count ?? 0, Is.EqualTo(count));
            if (file.Text("reason") is { } reason) Assert.That(status.Reason, Is.EqualTo(reason));
            foreach (var (container, wanted) in file.Map("states") ?? []) Assert.That(State(status, container), Is.EqualTo(((JsonText)wanted).Value), container);
            foreach (var (container, wanted) in file.Map("lastStates") ?? []) Assert.That(LastState(status, container), Is.EqualTo(((JsonText)wanted).Value), container);
            foreach (var (type, wanted) in file.Map("conditions") ?? [])
            {
                var condition = status.Conditions!.First(c => c.Type == type);
                Assert.That($"{condition.Status} {condition.Reason}".Trim(), Is.EqualTo(((JsonText)wanted).Value), type);
            }
        });
    }

    [TestCaseSource(nameof(Cases))]
    public void Tells_the_same_only_once(string name)
    {
        var file = (JsonMap)YamlReader.Read(File.ReadAllText(Path.Combine(TestContext.CurrentContext.TestDirectory, "Cases", name + ".yaml")));
        var seen = Seen(file);
        var told = seen with { Pod = seen.Pod with { Status = PodStatuses.For(seen, PodPlan.For(seen)) } };
        Assert.That(PodStatuses.Patch(told.Pod, PodStatuses.For(told, PodPlan.For(told))), Is.Null);
    }

    private static PodSeen Seen(JsonMap file)
    {
        var metadata = new JsonMap { { "name", "p" }, { "namespace", "ns" }, { "uid", "u" } };
        if (file.Whole("deletedWithGrace") is { } grace)
        {
            metadata.Add("deletionTimestamp", Now.AddSeconds(grace).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
            metadata.Add("deletionGracePeriodSeconds", grace);
        }
        var pod = new JsonMap { { "metadata", metadata }, { "spec", file.Map("spec")!.Clone() } };
        // As the API shows it, whatever the engine holds.
        if (file.Map("told") is { } told) pod.Add("status", told.Clone());
        if (file.Whole("accepted") is { } ago) pod.Add("status", new JsonMap { { "startTime", Now.AddSeconds(-ago).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture) } });
        var identity = new PodIdentity("u", "ns", "p");
        var sandbox = file.Text("sandbox") ?? "none";
        SandboxInfo[] sandboxes = sandbox == "none" ? [] : [new("s0", identity, 0, sandbox == "running", 1, Now)];
        var containers = (file.List("containers") ?? []).Maps().Select(c => Info(c, identity)).ToArray();
        var verdicts = (file.List("containers") ?? []).Maps().Where(c => c.Map("probes") is not null).ToDictionary(c => Id(c), c => new ProbeVerdict(
            c.Map("probes")!.Bool("started"), c.Map("probes")!.Bool("ready"), c.Map("probes")!.Bool("livenessFailed") == true, c.Map("probes")!.Bool("startupFailed") == true));
        return LostContainers.Remember(new(KubeJson.FromTree<Pod>(pod), new(sandboxes, containers), Now)
        {
            End = file.Map("end") is { } end ? new(end.Text("reason")!, end.Text("message")!) : null, Probes = verdicts, NodeMemory = 1L << 30, ResizeRefusal = file.Text("pending") is { } pending ? new(pending, "why") : null, PodIP = sandbox == "running" ? "10.42.0.2" : null, HostIP = "192.0.2.1",
            GrantedResources = file.Map("granted") is { } granted ? KubeJson.FromTree<ResourceRequirements>(granted) : null,
            Troubles = (file.Map("troubles") ?? []).ToDictionary(t => t.Key, t => new StartTrouble(((JsonText)t.Value).Value, "why", Now.AddSeconds(5))),
        });
    }

    private static string Id(JsonMap container) => $"{container.Text("name")}-{container.Whole("attempt") ?? 0}";

    private static ContainerInfo Info(JsonMap c, PodIdentity pod)
    {
        var phase = Enum.Parse<ContainerPhase>(c.Text("phase") ?? "Running");
        DateTimeOffset? At(string key) => c.Whole(key) is { } ago ? Now.AddSeconds(-ago) : null;
        return new(Id(c), pod, c.Text("name")!, (int)(c.Whole("attempt") ?? 0), phase)
        {
            SandboxId = c.Text("sandbox") ?? "s0", ExitCode = (int)(c.Whole("code") ?? 0), Error = c.Text("error") ?? "", OutOfMemory = c.Bool("oom") == true, Image = "i",
            CreatedAt = At("created") ?? At("started") ?? Now.AddSeconds(-60), StartedAt = At("started") ?? (phase == ContainerPhase.Created ? null : Now.AddSeconds(-60)),
            FinishedAt = At("finished") ?? (phase == ContainerPhase.Exited ? Now : null),
            Resources = c.Map("limits") is { } has ? new() { CpuShares = has.Whole("shares") ?? 2, CpuQuota = has.Whole("quota") ?? 0, MemoryBytes = has.Whole("memory") ?? 0 } : null,
            Labels = new Dictionary<string, string> { [Labels.BackOff] = $"{c.Whole("backoff") ?? 0}" },
        };
    }

    private static string Text(PodStep step) => step switch
    {
        PodStep.RunSandbox s => $"run sandbox {s.Attempt}",
        PodStep.StopSandbox s => $"stop sandbox {s.Id}",
        PodStep.RemoveSandbox s => $"remove sandbox {s.Id}",
        PodStep.Start s => $"start {s.Container.Name} attempt {s.Attempt}, back-off {s.BackOff.TotalSeconds:0}{(s.Discard is null ? "" : $", discard {s.Discard}")}",
        PodStep.Stop s => $"stop {s.Container.Name} within {s.Grace.TotalSeconds:0}{(s.InTurn ? "" : ", in its turn")}: {s.Message}",
        PodStep.Resize s => $"resize {s.Container.Name} to shares {s.Resources.CpuShares}, quota {s.Resources.CpuQuota}, memory {s.Resources.MemoryBytes}",
        PodStep.ResizePod => "resize the pod",
        PodStep.Remove s => $"remove {s.Container.Id}",
        _ => "finish",
    };

    private static string LastState(PodStatus status, string name) =>
        (status.ContainerStatuses ?? []).Concat(status.InitContainerStatuses ?? []).First(s => s.Name == name).LastState?.Terminated is { } ended ? $"{ended.Reason} {ended.ExitCode}" : "";

    private static string State(PodStatus status, string name)
    {
        var found = (status.ContainerStatuses ?? []).Concat(status.InitContainerStatuses ?? []).First(s => s.Name == name);
        var state = found.State!;
        var text = state.Running is not null ? "running" : state.Terminated is { } ended ? $"{ended.Reason} {ended.ExitCode}" : state.Waiting!.Reason!;
        return $"{text}{(found.Ready == true ? ", ready" : "")}, restarts {found.RestartCount}";
    }
}
