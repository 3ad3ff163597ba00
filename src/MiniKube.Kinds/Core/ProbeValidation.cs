using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

/// <summary>Probes and lifecycle handlers.</summary>
internal static class ProbeValidation
{
    private static readonly string[] ProbeHandlers = ["exec", "httpGet", "tcpSocket", "grpc"];
    private static readonly string[] LifecycleHandlers = ["exec", "httpGet", "tcpSocket", "sleep"];

    public static void All(Spot container, PodSurroundings pod)
    {
        var grace = pod.Grace;
        Lifecycle(container["lifecycle"], grace);
        StopSignal(container["lifecycle"]["stopSignal"], pod.System);
        foreach (var kind in (ReadOnlySpan<string>)["livenessProbe", "readinessProbe", "startupProbe"])
        {
            var probe = container[kind];
            if (!probe.IsSet) continue;
            Probe(probe, grace);
            if (kind != "readinessProbe")
            {
                if (probe["successThreshold"].Whole != 1) probe["successThreshold"].Invalid("must be 1");
            }
            else if (probe["terminationGracePeriodSeconds"].IsSet)
            {
                probe["terminationGracePeriodSeconds"].Invalid("must not be set for readinessProbes");
            }
        }
    }

    private static void Probe(Spot probe, long? grace)
    {
        Handler(probe, ProbeHandlers, grace);
        probe["initialDelaySeconds"].NotNegative();
        probe["timeoutSeconds"].NotNegative();
        probe["periodSeconds"].NotNegative();
        probe["successThreshold"].NotNegative();
        probe["failureThreshold"].NotNegative();
        if (probe["terminationGracePeriodSeconds"].Whole <= 0) probe["terminationGracePeriodSeconds"].Invalid("must be greater than 0");
    }

    private static void Lifecycle(Spot lifecycle, long? grace)
    {
        if (lifecycle["postStart"].IsSet) Handler(lifecycle["postStart"], LifecycleHandlers, grace);
        if (lifecycle["preStop"].IsSet) Handler(lifecycle["preStop"], LifecycleHandlers, grace);
    }

    /// <summary>Which signals there are is a matter of the system.</summary>
    private static void StopSignal(Spot signal, string? system)
    {
        if (!signal.IsSet) return;
        if (system is null) signal.Forbidden("may not be set for containers with empty `spec.os.name`");
        else if (system == "windows") signal.OneOf("SIGKILL", "SIGTERM");
        else if (system == "linux") signal.OneOf(AllowedSignalsAttribute.Names);
    }

    private static void Handler(Spot at, string[] kinds, long? grace)
    {
        var found = 0;
        foreach (var kind in kinds)
        {
            var handler = at[kind];
            if (!handler.IsSet) continue;
            if (found++ > 0) handler.Forbidden("may not specify more than 1 handler type");
            else One(kind, handler, grace);
        }
        if (found == 0) at.Required("must specify a handler type");
    }

    private static void One(string kind, Spot handler, long? grace)
    {
        switch (kind)
        {
            case "exec":
                if (handler["command"].List.Count == 0) handler["command"].Required();
                break;
            case "httpGet":
                if (handler["path"].IsBlank) handler["path"].Required();
                ValueRules.PortNumberOrName(handler["port"]);
                if (handler["scheme"].Text is not ("HTTP" or "HTTPS")) handler["scheme"].NotSupported("HTTP", "HTTPS");
                foreach (var header in handler["httpHeaders"].Items())
                    header["name"].Under(handler["httpHeaders"].Path).Follows(ValueRules.HttpHeader);
                break;
            case "tcpSocket":
                ValueRules.PortNumberOrName(handler["port"]);
                break;
            case "grpc":
                ValueRules.Port(handler["port"]);
                break;
            case "sleep":
                if (grace is { } most && (handler["seconds"].Whole is < 0 || handler["seconds"].Whole > most))
                    handler.Invalid(handler["seconds"].Value!, $"must be non-negative and less than terminationGracePeriodSeconds ({most})");
                break;
        }
    }
}
