using System.CommandLine;
using System.Net.Http.Headers;
using MiniKube.Machinery;
using MiniKube.Server.Pki;

namespace MiniKube.Host;

/// <summary>`minik status`: is it running, is it well, what does it hold?</summary>
internal static class StatusCommand
{
    public static Command Make(TextWriter output, TextWriter error)
    {
        var data = DataDirectory.Option();
        var server = new Option<string>("--server") { Description = "Address of the server", HelpName = "URL", DefaultValueFactory = _ => "https://127.0.0.1:6443" };
        var json = new Option<string>("--output", "-o") { Description = "text or json", DefaultValueFactory = _ => "text" };
        json.AcceptOnlyFromAmong("text", "json");
        var command = new Command("status", "Show whether the cluster runs and what it holds") { data, server, json };
        command.SetAction((parsed, cancel) => Run(DataDirectory.Of(parsed.GetValue(data)), parsed.GetValue(server)!, parsed.GetValue(json) == "json", output, error, cancel));
        return command;
    }

    private static async Task<int> Run(string data, string server, bool json, TextWriter output, TextWriter error, CancellationToken cancel)
    {
        var keys = Path.Combine(data, "pki");
        if (!File.Exists(Path.Combine(keys, "ca.key")))
        {
            error.WriteLine($"minik: there is no cluster in {data}: start one with 'minik server', or name its --data-dir");
            return 1;
        }
        var pki = ClusterPki.Open(keys, TimeProvider.System, [], []);
        using var handler = new HttpClientHandler { CheckCertificateRevocationList = false };
        handler.ClientCertificates.Add(pki.Client("admin", ControlPlane.AdminName, MiniKube.Server.UserInfo.Masters));
        handler.ServerCertificateCustomValidationCallback = (_, certificate, _, _) => certificate is not null && CertificateChecks.SignedBy(certificate, pki.Authority);
        using var client = new HttpClient(handler) { BaseAddress = new Uri(server), Timeout = TimeSpan.FromSeconds(10) };
        client.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        try
        {
            using var ready = await client.GetAsync("/readyz", cancel);
            var nodes = await Items(client, "/api/v1/nodes", cancel);
            var pods = await Items(client, "/api/v1/pods", cancel);
            var readyNodes = nodes.Count(n => (n.Map("status")?.List("conditions") ?? []).Maps().Any(c => c.Text("type") == "Ready" && c.Text("status") == "True"));
            var runningPods = pods.Count(p => p.Map("status")?.Text("phase") == "Running");
            if (json)
            {
                output.WriteLine(new JsonMap
                {
                    { "server", server }, { "ready", ready.IsSuccessStatusCode }, { "nodes", nodes.Count }, { "nodesReady", readyNodes },
                    { "pods", pods.Count }, { "podsRunning", runningPods },
                });
            }
            else
            {
                output.WriteLine($"server  {(ready.IsSuccessStatusCode ? "ready" : "not ready")} at {server}");
                output.WriteLine($"nodes   {readyNodes} of {nodes.Count} ready");
                output.WriteLine($"pods    {runningPods} of {pods.Count} running");
            }
            return ready.IsSuccessStatusCode ? 0 : 1;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            error.WriteLine($"minik: no server answers at {server}: {e.Message}");
            return 1;
        }
    }

    private static async Task<List<JsonMap>> Items(HttpClient client, string path, CancellationToken cancel) =>
        [.. (JsonReader.ReadMap(await client.GetByteArrayAsync(path, cancel)).List("items") ?? []).Maps()];
}
