using System.Globalization;
using MiniKube.Kubelet;
using MiniKube.Machinery;

namespace MiniKube.Engines.Containerd;

/// <summary>The CRI's answers as the port's records.</summary>
internal static class CriStates
{
    private const long Ready = 0;
    private const long Created = 0;
    private const long Running = 1;
    private const int LostCode = 137;

    /// <summary>From a listing; only a look at the sandbox itself tells its pid.</summary>
    public static SandboxInfo Sandbox(ProtoMessage listed, int pid)
    {
        var labels = listed.Map(5);
        return new(listed.Text(1), PodLabels.Pod(labels), (int)listed.Message(2).Whole(4), IsReady(listed), pid, Time(listed.Whole(4)) ?? default) { Labels = labels };
    }

    public static bool IsReady(ProtoMessage listed) => listed.Whole(3) == Ready;

    public static ContainerInfo Container(ProtoMessage answer)
    {
        var status = answer.Message(1);
        var labels = status.Map(12);
        // A start that failed is an end to the CRI; the port tells the two apart.
        var failedStart = status.Text(10) is "StartError" || status.Text(10) is "ContainerCannotRun";
        var details = Details(answer);
        // The start is noted after the fact, so what is over at once seems to have ended before.
        return new(status.Text(1), PodLabels.Pod(labels), labels.GetValueOrDefault(Labels.ContainerName, ""), PodLabels.Attempt(labels),
            failedStart ? ContainerPhase.Created : status.Whole(3) switch { Created => ContainerPhase.Created, Running => ContainerPhase.Running, _ => ContainerPhase.Exited })
        {
            SandboxId = details.Text("sandboxID") ?? "", Image = status.Message(8).Text(1), ImageId = status.Text(9), Pid = (int)(details.Whole("pid") ?? 0),
            CreatedAt = Time(status.Whole(4)) ?? default, StartedAt = Time(status.Whole(5)), FinishedAt = Time(Math.Max(status.Whole(6), status.Whole(6) > 0 ? status.Whole(5) : 0)),
            ExitCode = status.Whole(3) > Running + 1 ? LostCode : (int)status.Whole(7), OutOfMemory = status.Text(10) == "OOMKilled",
            Reason = status.Whole(3) > Running + 1 ? "ContainerStatusUnknown" : status.Text(10),
            Resources = Limits(details), Error = failedStart ? status.Text(11) : "", LogPath = status.Text(15),
            User = status.Has(18) ? User(status.Message(18).Message(1)) : null, StopSignal = CriSignals.Name(status.Whole(19)), Tty = details.Map("config")?.Bool("tty") == true, Labels = labels,
        };
    }

    /// <summary>Of 1.7 and newer; before that nobody tells.</summary>
    public static EngineAbilities Abilities(ProtoMessage status) => new()
    {
        Handlers = [.. status.Messages(3).Select(h => new HandlerAbilities(h.Text(1), h.Message(2).Flag(1), h.Message(2).Flag(2)))],
        GroupsPolicy = status.Has(4) ? status.Message(4).Flag(1) : null, SystemdCgroups = UsesSlices(Details(status, key: "config")),
    };

    /// <summary>Whether the handler that is used when nobody names another leaves cgroups to systemd.</summary>
    public static bool UsesSlices(JsonMap configuration)
    {
        var containerd = configuration.Map("containerd");
        return containerd?.Map("runtimes")?.Map(containerd.Text("defaultRuntimeName") ?? "runc")?.Map("options")?.Bool("SystemdCgroup") == true;
    }

    private static ProcessUser User(ProtoMessage user) => new(user.Whole(1), user.Whole(2), user.Wholes(3));

    /// <summary>What the runtime was told last; the CRI itself tells it only in newer versions.</summary>
    private static ContainerResources? Limits(JsonMap details)
    {
        if (details.Map("runtimeSpec")?.Map("linux")?.Map("resources") is not { } told) return null;
        var (cpu, memory) = (told.Map("cpu") ?? [], told.Map("memory") ?? []);
        return new()
        {
            CpuShares = cpu.Whole("shares") ?? 0, CpuQuota = Math.Max(0, cpu.Whole("quota") ?? 0), CpuPeriod = cpu.Whole("period") ?? 0,
            MemoryBytes = Math.Max(0, memory.Whole("limit") ?? 0), PidsLimit = Math.Max(0, told.Map("pids")?.Whole("limit") ?? 0),
        };
    }

    public static ImageInfo Image(ProtoMessage image) => new(image.Text(1), [.. image.Texts(2)], [.. image.Texts(3)], image.Whole(4))
    {
        User = image.Has(5) ? image.Message(5).Whole(1).ToString(CultureInfo.InvariantCulture) : image.Text(6),
    };

    public static int Pid(ProtoMessage answer) => (int)(Details(answer).Whole("pid") ?? 0);

    /// <summary>What the engine says beyond the CRI when asked to be verbose.</summary>
    public static JsonMap Details(ProtoMessage answer, int field = 2, string key = "info") =>
        answer.Map(field).GetValueOrDefault(key) is { Length: > 0 } text ? JsonReader.ParseMap(text) : [];

    private static DateTimeOffset? Time(long nanoseconds) => nanoseconds <= 0 ? null : DateTimeOffset.UnixEpoch.AddTicks(nanoseconds / 100);
}
