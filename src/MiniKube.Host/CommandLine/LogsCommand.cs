using System.Collections.Concurrent;
using System.CommandLine;
using System.Globalization;
using MiniKube.Machinery;

namespace MiniKube.Host;

/// <summary>`minik logs`: the lines of all pods as one story, in the order of their times.</summary>
internal static class LogsCommand
{
    private const int AtOnce = 8;

    private sealed record Line(string Time, string Namespace, string Pod, string Container, string Text);

    /// <summary>One log of one container: that of the process that runs, or of the one before.</summary>
    private sealed record Log(string Namespace, string Pod, string Container, bool Previous);

    public static Command Make(TextWriter output, TextWriter error)
    {
        var (data, server) = (AdminClient.DataOption(), AdminClient.ServerOption());
        var search = new Option<string>("--search") { Description = "Only lines that contain this", HelpName = "TEXT", DefaultValueFactory = _ => "" };
        var ignoreCase = new Option<bool>("--ignore-case", "-i") { Description = "Upper and lower case are the same" };
        var space = new Option<string?>("--namespace", "-n") { Description = "Only pods of this namespace (default: of all)", HelpName = "NAME" };
        var selector = new Option<string?>("--selector", "-l") { Description = "Only pods with these labels", HelpName = "LABELS" };
        var only = new Option<string?>("--pod") { Description = "Only the pod of this name", HelpName = "NAME" };
        var part = new Option<string?>("--container", "-c") { Description = "Only containers of this name", HelpName = "NAME" };
        var since = new Option<string?>("--since") { Description = "Only lines newer than this: 90s, 5m, 1h30m, or a time as in 2026-01-31T12:00:00Z", HelpName = "WHEN" };
        var until = new Option<string?>("--until") { Description = "Only lines older than this", HelpName = "WHEN" };
        var tail = new Option<int?>("--tail") { Description = "Only the last so many of the lines found", HelpName = "LINES" };
        var json = new Option<string>("--output", "-o") { Description = "text, or json: an object a line", DefaultValueFactory = _ => "text" };
        json.AcceptOnlyFromAmong("text", "json");
        foreach (var when in (Option<string?>[])[since, until])
        {
            when.Validators.Add(result =>
            {
                if (result.GetValueOrDefault<string>() is { } text && Moment(text) is null) result.AddError($"{when.Name} {text}: must be a duration such as 90s, 5m or 1h30m, or a time such as 2026-01-31T12:00:00Z");
            });
        }
        var command = new Command("logs", """
            Search the logs of all pods: of those that are here, and of those that are gone as far as the node has kept them
            (--log-keep-size and --log-keep-age of the server), all lives of their containers included.

            Examples:
              minik logs --search "connection refused" --since 1h
              minik logs -n shop -l app=web --search error -i --tail 20
              minik logs --pod nightly-29391 --since 48h --until 24h
            """) { data, server, search, ignoreCase, space, selector, only, part, since, until, tail, json };
        command.SetAction(async (parsed, cancel) =>
        {
            using var client = AdminClient.Open(parsed.GetValue(data), parsed.GetValue(server), error);
            if (client is null) return 1;
            var wanted = (Text: parsed.GetValue(search)!, How: parsed.GetValue(ignoreCase) ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal);
            var (from, to) = (Moment(parsed.GetValue(since)), Moment(parsed.GetValue(until)));
            var query = "timestamps=true" + (from is { } begin ? $"&sinceTime={Uri.EscapeDataString(Text(begin))}" : "");
            var (ns, pod, container, labels) = (parsed.GetValue(space), parsed.GetValue(only), parsed.GetValue(part), parsed.GetValue(selector));
            var pods = (ns is null ? "/api/v1/pods" : $"/api/v1/namespaces/{Uri.EscapeDataString(ns)}/pods")
                + Query(("labelSelector", labels), ("fieldSelector", pod is null ? null : $"metadata.name={pod}"));
            var kept = "/minik/logs" + Query(("namespace", ns), ("pod", pod), ("container", container), ("labelSelector", labels), ("text", wanted.Text),
                ("ignoreCase", parsed.GetValue(ignoreCase) ? "true" : null), ("since", from is { } first ? Text(first) : null), ("until", to is { } last ? Text(last) : null));
            var found = new ConcurrentBag<Line>();
            if (await client.Ask(HttpMethod.Get, pods, null, error, cancel) is not { } listed) return 1;
            try
            {
                await Parallel.ForEachAsync((listed.List("items") ?? []).Maps().SelectMany(Logs).Where(l => container is null || l.Container == container), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancel }, async (log, stop) =>
                {
                    var path = $"/api/v1/namespaces/{log.Namespace}/pods/{log.Pod}/log?container={log.Container}&previous={(log.Previous ? "true" : "false")}&{query}";
                    await foreach (var line in client.Lines(path, stop))
                        if (line.Split(' ', 2) is [var time, var said] && said.Contains(wanted.Text, wanted.How) && !(to < Moment(time))) found.Add(new(time, log.Namespace, log.Pod, log.Container, said));
                });
                // Only now: what goes meanwhile is found there.
                await foreach (var line in client.Lines(kept, cancel))
                    if (JsonReader.ReadMap(System.Text.Encoding.UTF8.GetBytes(line)) is var gone)
                        found.Add(new(gone.Text("time")!, gone.Text("namespace")!, gone.Text("pod")!, gone.Text("container")!, gone.Text("line")!));
            }
            catch (HttpRequestException e)
            {
                error.WriteLine($"minik: {client.Server}: {e.Message}");
                return 1;
            }
            var lines = found.OrderBy(l => l.Time, StringComparer.Ordinal).ThenBy(l => l.Pod, StringComparer.Ordinal).ToArray();
            foreach (var line in lines.TakeLast(parsed.GetValue(tail) ?? int.MaxValue)) output.WriteLine(Told(line, parsed.GetValue(json) == "json"));
            return 0;
        });
        return command;
    }

    /// <summary>So long ago, or just then.</summary>
    private static DateTimeOffset? Moment(string? text) => text is null ? null
        : Durations.Parse(text) is { } ago ? TimeProvider.System.GetUtcNow() - ago
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    private static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);

    private static string Query(params (string Name, string? Value)[] parts) =>
        string.Join('&', parts.Where(p => p.Value is { Length: > 0 }).Select(p => $"{p.Name}={Uri.EscapeDataString(p.Value!)}")) is { Length: > 0 } query ? $"?{query}" : "";

    private static string Told(Line line, bool json) => json
        ? JsonWriter.ToText(new JsonMap { { "time", line.Time }, { "namespace", line.Namespace }, { "pod", line.Pod }, { "container", line.Container }, { "line", line.Text } })
        : $"{line.Time} {line.Namespace}/{line.Pod}/{line.Container}: {line.Text}";

    /// <summary>Containers that haven't run yet have none.</summary>
    private static IEnumerable<Log> Logs(JsonMap pod)
    {
        var (metadata, status) = (pod.Map("metadata") ?? [], pod.Map("status") ?? []);
        foreach (var part in (string[])["initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"])
        {
            foreach (var container in (status.List(part) ?? []).Maps().Where(c => c.Text("containerID") is { Length: > 0 }))
            {
                var log = new Log(metadata.Text("namespace")!, metadata.Text("name")!, container.Text("name")!, false);
                yield return log;
                if (container.Map("lastState")?.Has("terminated") == true) yield return log with { Previous = true };
            }
        }
    }
}
