using System.CommandLine;
using System.Globalization;
using MiniKube.Machinery;

namespace MiniKube.Host;

/// <summary>`minik status`: is it running, is it well, what does it hold?</summary>
internal static class StatusCommand
{
    public static Command Make(TextWriter output, TextWriter error)
    {
        var (data, server) = (AdminClient.DataOption(), AdminClient.ServerOption());
        var json = new Option<string>("--output", "-o") { Description = "text or json", DefaultValueFactory = _ => "text" };
        json.AcceptOnlyFromAmong("text", "json");
        var command = new Command("status", "Show whether the cluster runs and what it holds") { data, server, json };
        command.SetAction(async (parsed, cancel) =>
        {
            var directory = AdminClient.DataDirectory(parsed.GetValue(data));
            if (!Directory.Exists(Path.Combine(directory, "pki")) && AgentFiles.Read(directory) is { } joined) return await AgentStatus.Run(joined, directory, parsed.GetValue(json) == "json", TimeProvider.System, output, error, cancel);
            using var client = AdminClient.Open(parsed.GetValue(data), parsed.GetValue(server), error);
            return client is null ? 1 : await Run(client, parsed.GetValue(json) == "json", output, error, cancel);
        });
        return command;
    }

    private static async Task<int> Run(AdminClient client, bool json, TextWriter output, TextWriter error, CancellationToken cancel)
    {
        try
        {
            var ready = (await client.Send(HttpMethod.Get, "/readyz", null, cancel)).Status == 200;
            var nodes = await client.Items("/api/v1/nodes", cancel);
            var pods = await client.Items("/api/v1/pods", cancel);
            var metrics = (await client.Send(HttpMethod.Get, "/metrics", null, cancel)).Text.Split('\n');
            var readyNodes = nodes.Count(n => (n.Map("status")?.List("conditions") ?? []).Maps().Any(c => c.Text("type") == "Ready" && c.Text("status") == "True"));
            var runningPods = pods.Count(p => p.Map("status")?.Text("phase") == "Running");
            var objects = metrics.Where(l => l.StartsWith("apiserver_storage_objects{", StringComparison.Ordinal)).Sum(Value);
            var onDisk = metrics.Where(l => l.StartsWith("apiserver_storage_size_bytes ", StringComparison.Ordinal)).Sum(Value);
            var resident = metrics.Where(l => l.StartsWith("process_resident_memory_bytes ", StringComparison.Ordinal)).Sum(Value);
            if (json)
            {
                output.WriteLine(new JsonMap
                {
                    { "server", client.Server }, { "ready", ready }, { "nodes", nodes.Count }, { "nodesReady", readyNodes },
                    { "pods", pods.Count }, { "podsRunning", runningPods }, { "objects", objects }, { "storeBytes", onDisk }, { "residentBytes", resident },
                });
            }
            else
            {
                output.WriteLine($"server  {(ready ? "ready" : "not ready")} at {client.Server}, {resident >> 20} MB of memory");
                output.WriteLine($"nodes   {readyNodes} of {nodes.Count} ready");
                output.WriteLine($"pods    {runningPods} of {pods.Count} running");
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"store   {objects:N0} objects, {onDisk / 1048576.0:F1} MB on disk"));
            }
            return ready ? 0 : 1;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            error.WriteLine($"minik: no server answers at {client.Server}: {e.Message}");
            return 1;
        }
    }

    private static long Value(string line) => (long)double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture);
}
