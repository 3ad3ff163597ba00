using System.Text;
using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>kubectl logs: what containers said.</summary>
internal static class LogsVerb
{
    public static readonly Verb Verb = new("logs", "Print the logs for a container in a pod", "kubectl logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER] [options]")
    {
        Flags =
        [
            FlagSpec.Switch("follow", "Go on with what comes", 'f'),
            FlagSpec.Switch("previous", "Of the container that ran before", 'p'),
            FlagSpec.Text("container", "The container", 'c'),
            FlagSpec.Switch("all-containers", "Of all containers of the pod"),
            FlagSpec.Switch("all-pods", "Of all pods of what is named"),
            FlagSpec.Switch("timestamps", "With the time of each line"),
            FlagSpec.Switch("prefix", "With pod and container before each line"),
            FlagSpec.Number("tail", "Only the last so many lines; with a selector 10", -1),
            FlagSpec.Duration("since", "Only what is newer than this"),
            FlagSpec.Text("since-time", "Only what is newer than this time (RFC 3339)"),
            FlagSpec.Number("limit-bytes", "No more than so many bytes"),
            FlagSpec.Switch("ignore-errors", "Go on with the others when one breaks"),
            FlagSpec.Number("max-log-requests", "How many logs may be followed at once", 5),
            FlagSpec.Switch("insecure-skip-tls-verify-backend", "The server need not check the node's certificate"),
            FlagSpec.Duration("pod-running-timeout", "How long to wait for a pod", "20s"),
            CommonFlags.Selector,
        ],
        Run = Run,
    };

    private sealed record Source(JsonMap Pod, string Container);

    private static async Task<int> Run(Call call)
    {
        var selector = call.Text("selector");
        if (call.Arguments.Count == 0 && selector.Length == 0 || call.Arguments.Count > 2)
            throw call.Misused("expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command");
        if (call.Arguments.Count > 0 && selector.Length > 0) throw call.Misused("only a selector (-l) or a POD name is allowed");
        if (call.Arguments.Count == 2 && call.Has("container")) throw call.Misused("only one of -c or an inline [CONTAINER] arg is allowed");
        if (call.Has("since") && call.Has("since-time")) throw new Failure("at most one of `sinceTime` or `sinceSeconds` may be specified");
        if (call.Words.Number("tail") < -1) throw new Failure("--tail must be greater than or equal to -1");
        var pods = await Pods(call, selector);
        var container = call.Arguments.Count == 2 ? call.Arguments[1] : call.Text("container");
        var sources = pods.SelectMany(p => Sources(call, p, container)).ToList();
        if (sources.Count == 0)
        {
            if (pods.Count == 0) call.Error.WriteLine($"No resources found in {call.Namespace} namespace.");
            return 0;
        }
        var query = Asked(call, selector.Length > 0);
        if (call.Switch("follow") && sources.Count > 1)
        {
            if (sources.Count > call.Words.Number("max-log-requests"))
                throw new Failure($"you are attempting to follow {sources.Count} log streams, but maximum allowed concurrency is {call.Words.Number("max-log-requests")}, use --max-log-requests to increase the limit");
            using var turn = new SemaphoreSlim(1, 1);
            await Task.WhenAll(sources.Select(s => Copy(call, s, query, turn)));
            return 0;
        }
        foreach (var source in sources) await Copy(call, source, query, null);
        return 0;
    }

    private static async Task<List<JsonMap>> Pods(Call call, string selector)
    {
        if (selector.Length > 0) return await Subjects.List(call, await PodChoice.Pods(call), call.Namespace, selector);
        if (call.Switch("all-pods")) return await PodChoice.All(call, await Subjects.One(call, call.Arguments[0], "pods"));
        try
        {
            return [await PodChoice.One(call, call.Arguments[0], tell: true)];
        }
        catch (Refusal refusal) when (refusal.Error.Code == 404 && !call.Arguments[0].Contains('/'))
        {
            throw new Failure($"error from server (NotFound): pods \"{call.Arguments[0]}\" not found in namespace \"{call.Namespace}\"");
        }
    }

    private static IEnumerable<Source> Sources(Call call, JsonMap pod, string container)
    {
        if (!call.Switch("all-containers")) return [new(pod, PodChoice.Container(call, pod, container))];
        return PodChoice.Names(pod, "initContainers").Concat(PodChoice.Names(pod, "containers")).Concat(PodChoice.Names(pod, "ephemeralContainers")).Select(c => new Source(pod, c));
    }

    private static string Asked(Call call, bool bySelector)
    {
        var tail = call.Has("tail") || !bySelector ? call.Words.Number("tail") : 10;
        var since = call.Words.Duration("since");
        return Query.Of(
            ("follow", call.Switch("follow") ? "true" : null), ("previous", call.Switch("previous") ? "true" : null), ("timestamps", call.Switch("timestamps") ? "true" : null),
            ("tailLines", tail >= 0 ? $"{tail}" : null), ("sinceSeconds", since > TimeSpan.Zero ? $"{(long)Math.Ceiling(since.TotalSeconds)}" : null), ("sinceTime", call.Text("since-time")),
            ("limitBytes", call.Words.Number("limit-bytes") > 0 ? $"{call.Words.Number("limit-bytes")}" : null),
            ("insecureSkipTLSVerifyBackend", call.Switch("insecure-skip-tls-verify-backend") ? "true" : null));
    }

    private static async Task Copy(Call call, Source source, string query, SemaphoreSlim? turn)
    {
        var path = (await PodChoice.Pods(call)).Path(source.Pod.Namespace(), source.Pod.Name(), "log");
        query = (query.Length == 0 ? "?" : query + "&") + $"container={Uri.EscapeDataString(source.Container)}";
        try
        {
            await call.Out.FlushAsync();
            await using var log = await call.Api.Stream(path + query);
            if (!call.Switch("prefix") && turn is null)
            {
                var buffer = new byte[16 * 1024];
                while (await log.ReadAsync(buffer, call.Stop) is > 0 and var read)
                {
                    await call.Around.RawOut.WriteAsync(buffer.AsMemory(0, read), call.Stop);
                    await call.Around.RawOut.FlushAsync(call.Stop);
                }
                return;
            }
            var prefix = call.Switch("prefix") ? $"[pod/{source.Pod.Name()}/{source.Container}] " : "";
            using var reader = new StreamReader(log);
            while (await reader.ReadLineAsync(call.Stop) is { } line)
            {
                var bytes = Encoding.UTF8.GetBytes($"{prefix}{line}\n");
                if (turn is not null) await turn.WaitAsync(call.Stop);
                await call.Around.RawOut.WriteAsync(bytes, call.Stop);
                await call.Around.RawOut.FlushAsync(call.Stop);
                turn?.Release();
            }
        }
        catch (Exception e) when (call.Switch("ignore-errors") && e is Refusal or IOException)
        {
            call.Error.WriteLine($"error: {e.Message}");
        }
    }
}
