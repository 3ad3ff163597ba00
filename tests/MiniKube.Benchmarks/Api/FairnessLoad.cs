using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using MiniKube.TestKit;

namespace MiniKube.Benchmarks.Api;

/// <summary>
/// What a runaway client does to the others: wrk asks and writes as fast as the machine can as a simple user, while nodes
/// renew their leases and a scheduler binds pods at the pace they do that at, each over a connection of its own.
/// </summary>
internal static class FairnessLoad
{
    private const int Nodes = 20;
    private static readonly TimeSpan Promise = TimeSpan.FromMilliseconds(50);

    public static async Task<int> Run(string[] args)
    {
        var seconds = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 8;
        var tokens = Path.GetTempFileName();
        await File.WriteAllLinesAsync(tokens, [
            "master,bench,1,\"system:masters\"", "flood,flood,2,\"flooders\"", "scheduler,system:kube-scheduler,3,\"system:authenticated\"",
            .. Enumerable.Range(0, Nodes).Select(i => $"node{i},system:node:n{i},n{i},\"system:nodes\""),
        ]);
        var missed = 0;
        try
        {
            await using var minik = await MinikProcess.Start("--runtime", "none", "--token-auth-file", tokens);
            var server = $"https://127.0.0.1:{minik.Port}";
            using (var master = Client(server, "master")) await Prepare(master);
            missed += await Measure("nobody else", server, seconds, null);
            missed += await Measure("GET at full speed, 64 connections", server, seconds, ("", 64));
            missed += await Measure("creates at full speed, 64 connections", server, seconds, (Script("{\"metadata\":{\"generateName\":\"c-\"},\"data\":{\"k\":\"" + new string('x', 1000) + "\"}}"), 64));
            missed += await Measure("lists of 1,000 at full speed, 64 connections", server, seconds, ("", 64), "/api/v1/namespaces/lists/configmaps");
        }
        finally
        {
            File.Delete(tokens);
        }
        return missed == 0 ? 0 : 1;
    }

    private static async Task Prepare(HttpClient master)
    {
        await Post(master, "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", """{"metadata":{"name":"flood"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"cluster-admin"},"subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"Group","name":"flooders"}]}""");
        await Post(master, "/api/v1/namespaces", """{"metadata":{"name":"lists"}}""");
        for (var i = 0; i < 1000; i++) await Post(master, "/api/v1/namespaces/lists/configmaps", $"{{\"metadata\":{{\"name\":\"l{i}\"}},\"data\":{{\"k\":\"{new string('x', 1000)}\"}}}}");
        await Post(master, "/api/v1/namespaces/default/configmaps", """{"metadata":{"name":"one"},"data":{"k":"v"}}""");
        for (var i = 0; i < Nodes; i++)
        {
            await Post(master, "/api/v1/nodes", $"{{\"metadata\":{{\"name\":\"n{i}\"}}}}");
            await Post(master, "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases", $"{{\"metadata\":{{\"name\":\"n{i}\"}},\"spec\":{{\"holderIdentity\":\"n{i}\"}}}}");
        }
    }

    private static async Task<int> Measure(string what, string server, int seconds, (string Script, int Connections)? flood, string path = "/api/v1/namespaces/default/configmaps/one")
    {
        var script = Path.GetTempFileName();
        var flooding = Task.FromResult(new Output(0, "", ""));
        if (flood is var (text, connections))
        {
            await File.WriteAllTextAsync(script, text);
            var target = text.Length > 0 ? "/api/v1/namespaces/default/configmaps" : path;
            flooding = Shell.Run("wrk", $"-t1 -c{connections} -d{seconds + 1}s -H 'Authorization: Bearer flood' {(text.Length > 0 ? $"-s {script}" : "")} {server}{target}");
        }
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        var beats = Enumerable.Range(0, Nodes).Select(i => Heartbeats(server, i, stop.Token)).ToArray();
        var binds = Bindings(server, what.GetHashCode(StringComparison.Ordinal) & 0xffff, stop.Token);
        var heartbeats = (await Task.WhenAll(beats)).SelectMany(t => t).Order().ToList();
        var bindings = (await binds).Order().ToList();
        var output = (await flooding).Text;
        File.Delete(script);
        var rate = output.Split('\n').FirstOrDefault(l => l.Contains("Requests/sec", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "0";
        Console.WriteLine($"{what,-46} {rate,10} /s   heartbeats p50 {At(heartbeats, .5),6:F1} p99 {At(heartbeats, .99),6:F1} ms ({heartbeats.Count})   scheduler p50 {At(bindings, .5),6:F1} p99 {At(bindings, .99),6:F1} ms ({bindings.Count})");
        return At(heartbeats, .99) > Promise.TotalMilliseconds || At(bindings, .99) > Promise.TotalMilliseconds ? 1 : 0;
    }

    /// <summary>A lease renewed five times a second: fifty times as often as a node does.</summary>
    private static async Task<List<double>> Heartbeats(string server, int node, CancellationToken stop)
    {
        using var client = Client(server, $"node{node}");
        await Greet(client);
        var times = new List<double>();
        while (!stop.IsCancellationRequested)
        {
            using var body = new StringContent($"{{\"metadata\":{{\"name\":\"n{node}\"}},\"spec\":{{\"holderIdentity\":\"n{node}\",\"leaseDurationSeconds\":{40 + times.Count % 2}}}}}", Encoding.UTF8, "application/json");
            var clock = Stopwatch.StartNew();
            using var answer = await client.PutAsync($"/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n{node}", body, CancellationToken.None);
            answer.EnsureSuccessStatusCode();
            times.Add(clock.Elapsed.TotalMilliseconds);
            await Task.Delay(200, CancellationToken.None);
        }
        return times;
    }

    /// <summary>As a scheduler does: an event told and a pod's fate looked up, twenty times a second.</summary>
    private static async Task<List<double>> Bindings(string server, int run, CancellationToken stop)
    {
        using var client = Client(server, "scheduler");
        await Greet(client);
        var times = new List<double>();
        while (!stop.IsCancellationRequested)
        {
            var clock = Stopwatch.StartNew();
            await Post(client, "/api/v1/namespaces/default/events", $"{{\"metadata\":{{\"name\":\"e{run}-{times.Count}\"}},\"involvedObject\":{{\"kind\":\"Pod\",\"namespace\":\"default\",\"name\":\"p\"}},\"reason\":\"Scheduled\",\"type\":\"Normal\"}}");
            times.Add(clock.Elapsed.TotalMilliseconds);
            clock.Restart();
            using var answer = await client.GetAsync("/api/v1/nodes/n1", CancellationToken.None);
            answer.EnsureSuccessStatusCode();
            times.Add(clock.Elapsed.TotalMilliseconds);
            await Task.Delay(50, CancellationToken.None);
        }
        return times;
    }

    /// <summary>Nodes and schedulers keep their connection for days: its handshake is not what is measured.</summary>
    private static async Task Greet(HttpClient client)
    {
        using var answer = await client.GetAsync("/version");
        answer.EnsureSuccessStatusCode();
    }

    private static double At(List<double> sorted, double part) => sorted[Math.Min(sorted.Count - 1, (int)(sorted.Count * part))];

    private static HttpClient Client(string server, string token)
    {
        var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null;
        var client = new HttpClient(handler) { BaseAddress = new Uri(server), DefaultRequestVersion = HttpVersion.Version11, Timeout = TimeSpan.FromMinutes(1) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    private static async Task Post(HttpClient client, string path, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await client.PostAsync(path, content);
        if (!answer.IsSuccessStatusCode) throw new InvalidOperationException($"{path}: {await answer.Content.ReadAsStringAsync()}");
    }

    private static string Script(string body) => $$"""
        wrk.method = "POST"
        wrk.headers["Content-Type"] = "application/json"
        wrk.body = '{{body}}'
        """;
}
