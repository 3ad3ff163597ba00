using System.Globalization;
using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

/// <summary>What `kubectl get pods` shows: readiness, one word on the state, restarts.</summary>
internal static class PodTable
{
    public static readonly IReadOnlyList<Column> Columns =
    [
        Cells.Name,
        Cells.Text("Ready", p => Summary(p) is var s ? $"{s.Ready}/{s.Total}" : ""),
        Cells.Text("Status", p => Summary(p).Reason),
        Cells.Timed("Restarts", Restarts),
        Cells.Age,
        Cells.Wide(Cells.Text("IP", p => (p.Status().Maps("podIPs").FirstOrDefault()?.Text("ip") ?? p.Status().Text("podIP")).Or(Cells.None))),
        Cells.Wide(Cells.Text("Node", p => p.Spec().Text("nodeName").Or(Cells.None))),
        Cells.Wide(Cells.Text("Nominated Node", p => p.Status().Text("nominatedNodeName").Or(Cells.None))),
        Cells.Wide(Cells.Text("Readiness Gates", ReadinessGates)),
    ];

    public static readonly IReadOnlyList<SelectableField> Fields =
    [
        Cells.Field("spec.nodeName"), Cells.Field("spec.restartPolicy"), Cells.Field("spec.schedulerName"), Cells.Field("spec.serviceAccountName"),
        Cells.Field("spec.hostNetwork", "false"), Cells.Field("status.phase"), Cells.Field("status.podIP"),
        new SelectableField("status.podIPs", p => p.Status().Maps("podIPs").FirstOrDefault()?.Text("ip") ?? p.Status().Text("podIP") ?? ""),
        Cells.Field("status.nominatedNodeName"),
    ];

    private sealed record State(string Reason, int Ready, int Total, long Restarts, string? LastRestart);

    private static string Restarts(JsonMap pod, DateTimeOffset now)
    {
        var state = Summary(pod);
        var count = state.Restarts.ToString(CultureInfo.InvariantCulture);
        return state.Restarts > 0 && state.LastRestart is { } last ? $"{count} ({Ages.Since(last, now)} ago)" : count;
    }

    private static State Summary(JsonMap pod)
    {
        var (spec, status) = (pod.Spec(), pod.Status());
        var phase = status.Text("phase") ?? "";
        var reason = status.Text("reason").Or(phase);
        if (status.Maps("conditions").Any(c => c.Text("type") == "PodScheduled" && c.Text("reason") == "SchedulingGated")) reason = "SchedulingGated";

        var sidecars = spec.Maps("initContainers").Where(c => c.Text("restartPolicy") == "Always").Select(c => c.Text("name")).ToHashSet();
        var init = Initializing(status, spec, sidecars);
        var (ready, restarts, last) = (init.Ready, init.Restarts, init.Last);
        if (init.Reason is not null) reason = init.Reason;
        if (init.Reason is null || Cells.HasCondition(pod, "Initialized"))
        {
            (restarts, last) = (init.SidecarRestarts, init.SidecarLast);
            var running = false;
            foreach (var container in status.Maps("containerStatuses").Reverse())
            {
                restarts += container.Whole("restartCount") ?? 0;
                last = Later(last, LastEnd(container));
                var (waiting, ended) = (container.Dig("state", "waiting") as JsonMap, container.Dig("state", "terminated") as JsonMap);
                if (waiting?.Text("reason") is { Length: > 0 } why) reason = why;
                else if (ended is not null) reason = ended.Text("reason").Or(EndCode(ended));
                else if (container.Bool("ready") == true && container.Dig("state", "running") is not null)
                {
                    running = true;
                    ready++;
                }
            }
            if (reason == "Completed" && running) reason = Cells.HasCondition(pod, "Ready") ? "Running" : "NotReady";
        }
        if (pod.Meta().Has("deletionTimestamp"))
        {
            if (status.Text("reason") == "NodeLost") reason = "Unknown";
            else if (phase is not ("Failed" or "Succeeded")) reason = "Terminating";
        }
        return new State(reason, ready, spec.Maps("containers").Count() + sidecars.Count, restarts, last);
    }

    private readonly record struct Init(string? Reason, int Ready, long Restarts, string? Last, long SidecarRestarts, string? SidecarLast);

    private static Init Initializing(JsonMap status, JsonMap spec, HashSet<string?> sidecars)
    {
        var seen = default(Init);
        var at = -1;
        foreach (var container in status.Maps("initContainerStatuses"))
        {
            at++;
            var sidecar = sidecars.Contains(container.Text("name"));
            var count = container.Whole("restartCount") ?? 0;
            seen = seen with { Restarts = seen.Restarts + count, Last = Later(seen.Last, LastEnd(container)) };
            if (sidecar) seen = seen with { SidecarRestarts = seen.SidecarRestarts + count, SidecarLast = Later(seen.SidecarLast, LastEnd(container)) };
            var (waiting, ended) = (container.Dig("state", "waiting") as JsonMap, container.Dig("state", "terminated") as JsonMap);
            if (ended?.Whole("exitCode") == 0) continue;
            if (sidecar && container.Bool("started") == true)
            {
                if (container.Bool("ready") == true) seen = seen with { Ready = seen.Ready + 1 };
                continue;
            }
            var word = ended is not null ? ended.Text("reason").Or(EndCode(ended))
                : waiting?.Text("reason") is { Length: > 0 } why and not "PodInitializing" ? why
                : $"{at}/{spec.Maps("initContainers").Count()}";
            return seen with { Reason = $"Init:{word}" };
        }
        return seen;
    }

    private static string EndCode(JsonMap ended) =>
        ended.Whole("signal") is { } signal and not 0 ? $"Signal:{signal}" : $"ExitCode:{ended.Whole("exitCode") ?? 0}";

    private static string? LastEnd(JsonMap container) => (container.Dig("lastState", "terminated") as JsonMap)?.Text("finishedAt");

    private static string? Later(string? a, string? b) => string.CompareOrdinal(a, b) >= 0 ? a : b;

    private static string ReadinessGates(JsonMap pod)
    {
        var gates = pod.Spec().Maps("readinessGates").Select(g => g.Text("conditionType")).ToArray();
        return gates.Length == 0 ? Cells.None : $"{gates.Count(g => Cells.HasCondition(pod, g!))}/{gates.Length}";
    }
}
