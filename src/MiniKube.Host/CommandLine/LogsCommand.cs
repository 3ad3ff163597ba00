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
        var since = new Option<string?>("--since") { Description = "Only lines newer than this: 90s, 5m, 1h30m", HelpName = "DURATION" };
        var tail = new Option<int?>("--tail") { Description = "Only the last so many of the lines found", HelpName = "LINES" };
        var json = new Option<string>("--output", "-o") { Description = "text, or json: an object a line", DefaultValueFactory = _ => "text" };
        json.AcceptOnlyFromAmong("text", "json");
        since.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is { } text && Durations.Parse(text) is null) result.AddError($"--since {text}: must be a duration such as 90s, 5m or 1h30m");
        });
        var command = new Command("logs", """
            Search the logs of all pods that are here, those of their containers' earlier lives included.

            Examples:
              minik logs --search "connection refused" --since 1h
              minik logs -n shop -l app=web --search error -i --tail 20
            """) { data, server, search, ignoreCase, space, selector, since, tail, json };
        command.SetAction(async (parsed, cancel) =>
        {
            using var client = AdminClient.Open(parsed.GetValue(data), parsed.GetValue(server), error);
            if (client is null) return 1;
            var wanted = (Text: parsed.GetValue(search)!, How: parsed.GetValue(ignoreCase) ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal);
            var query = "timestamps=true" + (parsed.GetValue(since) is { } text ? string.Create(CultureInfo.InvariantCulture, $"&sinceSeconds={Math.Max(1, (long)Durations.Parse(text)!.Value.TotalSeconds)}") : "");
            var pods = (parsed.GetValue(space) is { } ns ? $"/api/v1/namespaces/{Uri.EscapeDataString(ns)}/pods" : "/api/v1/pods")
                + (parsed.GetValue(selector) is { } labels ? $"?labelSelector={Uri.EscapeDataString(labels)}" : "");
            var found = new ConcurrentBag<Line>();
            if (await client.Ask(HttpMethod.Get, pods, null, error, cancel) is not { } listed) return 1;
            try
            {
                await Parallel.ForEachAsync((listed.List("items") ?? []).Maps().SelectMany(Logs), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancel }, async (log, stop) =>
                {
                    var path = $"/api/v1/namespaces/{log.Namespace}/pods/{log.Pod}/log?container={log.Container}&previous={(log.Previous ? "true" : "false")}&{query}";
                    await foreach (var line in client.Lines(path, stop))
                        if (line.Split(' ', 2) is [var time, var said] && said.Contains(wanted.Text, wanted.How)) found.Add(new(time, log.Namespace, log.Pod, log.Container, said));
                });
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
