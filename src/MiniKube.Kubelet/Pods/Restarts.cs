using System.Globalization;
using MiniKube.Kinds.Core;

namespace MiniKube.Kubelet.Pods;

/// <summary>
/// Whether and when an ended container is started again: at once, then after 10 s, 20 s … 5 min; ten minutes of running make
/// it innocent again. The wait is a label of the container, so a restart of the agent forgets nothing.
/// </summary>
internal static class Restarts
{
    public static readonly TimeSpan First = TimeSpan.FromSeconds(10);
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Innocent = TimeSpan.FromMinutes(10);

    public static bool Wanted(PodSeen seen, Container container, ContainerKind kind, ContainerInfo ended)
    {
        if (kind == ContainerKind.Sidecar) return true;
        if (kind == ContainerKind.Ephemeral) return false;
        if (Rule(container, ended) == "Restart" || RestartAll.IsPast(seen, ended)) return true;
        return (container.RestartPolicy ?? seen.RestartPolicy) switch
        {
            "Never" => false,
            "OnFailure" => CodeOf(ended) != 0,
            _ => kind == ContainerKind.Main || CodeOf(ended) != 0,
        };
    }

    /// <summary>What the first rule about how it ended asks for; null when none is.</summary>
    public static string? Rule(Container container, ContainerInfo ended)
    {
        foreach (var rule in container.RestartPolicyRules ?? [])
        {
            var listed = rule.ExitCodes?.Values?.Contains(CodeOf(ended)) == true;
            if (rule.ExitCodes?.Operator == "In" ? listed : rule.ExitCodes?.Operator == "NotIn" && !listed) return rule.Action;
        }
        return null;
    }

    /// <summary>Ended, or failed in the attempt to start; what was only made has not.</summary>
    public static bool HasEnded(ContainerInfo container) =>
        container.Phase == ContainerPhase.Exited || container is { Phase: ContainerPhase.Created, Error.Length: > 0 };

    /// <summary>The code as the runtimes report it: 128 when the program could not be started.</summary>
    public static int CodeOf(ContainerInfo ended) => ended.Phase == ContainerPhase.Created ? 128 : ended.ExitCode;

    public static DateTimeOffset EndOf(ContainerInfo ended) => ended.FinishedAt ?? ended.CreatedAt;

    public static TimeSpan Held(ContainerInfo container) =>
        long.TryParse(container.Label(Labels.BackOff), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? TimeSpan.FromSeconds(seconds) : TimeSpan.Zero;

    public static TimeSpan WaitAfter(ContainerInfo ended) =>
        ended.StartedAt is { } started && EndOf(ended) - started > Innocent ? TimeSpan.Zero : Held(ended);

    public static TimeSpan Next(TimeSpan wait) => wait == TimeSpan.Zero ? First : wait * 2 > Longest ? Longest : wait * 2;
}
