using System.Globalization;
using MiniKube.Kubelet;
using MiniKube.Machinery;

namespace MiniKube.Engines.Docker;

/// <summary>Docker's answers as the port's records.</summary>
internal static class DockerStates
{
    public static SandboxInfo Sandbox(JsonMap inspected)
    {
        var state = inspected.Map("State") ?? [];
        var labels = LabelsOf(inspected);
        return new(inspected.Text("Id") ?? "", PodLabels.Pod(labels), PodLabels.Attempt(labels), state.Bool("Running") == true, (int)(state.Whole("Pid") ?? 0),
            Time(inspected.Text("Created")) ?? default)
        { Labels = labels, RuntimeHandler = inspected.Map("HostConfig")?.Text("Runtime") ?? "" };
    }

    public static ContainerInfo Container(JsonMap inspected)
    {
        var state = inspected.Map("State") ?? [];
        var config = inspected.Map("Config") ?? [];
        var labels = LabelsOf(inspected);
        var started = Time(state.Text("StartedAt"));
        var finished = Time(state.Text("FinishedAt"));
        var phase = state.Text("Status") switch { "created" => ContainerPhase.Created, "running" or "paused" or "restarting" => ContainerPhase.Running, _ => ContainerPhase.Exited };
        return new(inspected.Text("Id") ?? "", PodLabels.Pod(labels), labels.GetValueOrDefault(Labels.ContainerName, ""), PodLabels.Attempt(labels), phase)
        {
            SandboxId = SandboxOf(inspected),
            Image = config.Text("Image") ?? "", ImageId = inspected.Text("Image") ?? "", Pid = (int)(state.Whole("Pid") ?? 0),
            CreatedAt = Time(inspected.Text("Created")) ?? default, StartedAt = started,
            // Of a process that ends at once Docker may note the end first and the start after it.
            FinishedAt = phase == ContainerPhase.Exited && finished < started ? started : finished,
            ExitCode = (int)(state.Whole("ExitCode") ?? 0), OutOfMemory = state.Bool("OOMKilled") == true, Error = state.Text("Error") ?? "",
            StopSignal = config.Text("StopSignal") is { Length: > 0 } signal ? signal : "SIGTERM", Resources = Limits(inspected.Map("HostConfig") ?? []),
            LayerPath = inspected.Map("GraphDriver")?.Map("Data")?.Text("UpperDir") ?? "", LogPath = inspected.Text("LogPath") ?? "", Tty = config.Bool("Tty") == true, Labels = labels,
        };
    }

    private static ContainerResources Limits(JsonMap host) => new()
    {
        CpuShares = host.Whole("CpuShares") ?? 0, CpuQuota = host.Whole("CpuQuota") ?? 0, CpuPeriod = host.Whole("CpuPeriod") ?? 0, MemoryBytes = host.Whole("Memory") ?? 0,
        PidsLimit = host.Whole("PidsLimit") ?? 0,
    };

    public static ImageInfo Image(JsonMap image) => new(image.Text("Id") ?? "",
        [.. (image.List("RepoTags") ?? []).Texts().Where(t => t != "<none>:<none>")], [.. (image.List("RepoDigests") ?? []).Texts().Where(t => !t.StartsWith("<none>", StringComparison.Ordinal))],
        image.Whole("Size") ?? 0)
    { User = image.Map("Config")?.Text("User") ?? "" };

    public static EngineEvent? Event(JsonMap told)
    {
        var actor = told.Map("Actor") ?? [];
        var kind = told.Text("Action") switch
        {
            "start" => EngineEventKind.Started,
            "die" => EngineEventKind.Died,
            "oom" => EngineEventKind.OutOfMemory,
            "destroy" => EngineEventKind.Removed,
            _ => (EngineEventKind?)null,
        };
        return kind is { } known && actor.Map("Attributes")?.Text(Labels.PodUid) is { } uid ? new(known, actor.Text("ID") ?? "", uid) : null;
    }

    private static string SandboxOf(JsonMap inspected) =>
        inspected.Map("HostConfig")?.Text("NetworkMode") is { } mode && mode.StartsWith("container:", StringComparison.Ordinal) ? mode["container:".Length..] : "";

    private static Dictionary<string, string> LabelsOf(JsonMap inspected)
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in inspected.Map("Config")?.Map("Labels") ?? [])
            if (value is JsonText text) labels[key] = text.Value;
        return labels;
    }

    /// <summary>Docker writes year one for "never".</summary>
    private static DateTimeOffset? Time(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) && time.Year > 1 ? time.ToUniversalTime() : null;
}
