using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using MiniKube.TestKit;

namespace MiniKube.Benchmarks.Api;

/// <summary>
/// Figures of the API server as a client on the same machine sees it: the shipped executable, TLS, keep-alive, objects of
/// 1 KB. What needs a hard-pushing generator is asked of wrk; lists and watches are measured here.
/// </summary>
internal static class ApiLoad
{
    private const string Token = "bench";
    private const string Maps = "/api/v1/namespaces/default/configmaps";
    private static readonly string Value = new('x', 1000);

    public static async Task Run(string[] args)
    {
        var seconds = args.Length > 0 ? int.Parse(args[0], System.Globalization.CultureInfo.InvariantCulture) : 8;
        bool Wanted(string part) => args.Length < 2 || args[1].Split(',').Contains(part);
        var tokens = Path.GetTempFileName();
        await File.WriteAllTextAsync(tokens, $"{Token},bench,1,\"system:masters\"\n");
        try
        {
            await using var minik = await MinikProcess.Start("--runtime", "none", "--token-auth-file", tokens);
            var server = $"https://127.0.0.1:{minik.Port}";
            using var client = Client(server);
            await Post(client, "one");

            if (Wanted("get"))
            {
                await Wrk("GET, 32 connections", server, 1, 32, "", quiet: true);
                var (requests, allocated) = (await Metric(client, "apiserver_request_total"), await Metric(client, "minik_allocated_bytes_total"));
                await Wrk("GET, 32 connections", server, seconds, 32, "");
                var each = (await Metric(client, "minik_allocated_bytes_total") - allocated) / (await Metric(client, "apiserver_request_total") - requests);
                Console.WriteLine($"{"…allocated by each of them",-46} {each,10:N0} bytes");
            }
            if (Wanted("create")) await Wrk("creates, 64 connections", server, seconds, 64, Script("POST", "application/json", "'{\"metadata\":{\"name\":\"c'..tid..'-'..n..'\"},\"data\":{\"k\":\"" + Value + "\"}}'"), Maps);
            if (Wanted("patch")) await Wrk("merge patches of one object, 1 connection", server, seconds, 1, Script("PATCH", "application/merge-patch+json", "'{\"data\":{\"n\":\"'..n..'\"}}'"));
            if (Wanted("list")) await Lists(client);
            if (Wanted("watch")) await Watches(server, client, watchers: 200, events: args.Length > 2 ? int.Parse(args[2], System.Globalization.CultureInfo.InvariantCulture) : 100);
            if (args.Length > 1 && Wanted("soak")) await Soak(client, minik.Id, seconds);
            Console.WriteLine($"{"resident right after all that",-46} {Resident(minik.Id) / 1024,10:N0} MB");
            await Task.Delay(TimeSpan.FromSeconds(15));
            Console.WriteLine($"{$"…and in quiet, with {await Objects(client):N0} objects stored",-46} {Resident(minik.Id) / 1024,10:N0} MB");
        }
        finally
        {
            File.Delete(tokens);
        }
    }

    private static HttpClient Client(string server)
    {
        var handler = new SocketsHttpHandler { MaxConnectionsPerServer = 1000 };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null;
        var client = new HttpClient(handler) { BaseAddress = new Uri(server), DefaultRequestVersion = HttpVersion.Version11, Timeout = TimeSpan.FromMinutes(5) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        return client;
    }

    private static async Task Post(HttpClient client, string name, string label = "0", string ns = "default")
    {
        var body = $"{{\"metadata\":{{\"name\":\"{name}\",\"labels\":{{\"m\":\"{label}\"}}}},\"data\":{{\"k\":\"{Value}\"}}}}";
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await client.PostAsync($"/api/v1/namespaces/{ns}/configmaps", content);
        answer.EnsureSuccessStatusCode();
    }

    private static string Script(string method, string type, string body) => $$"""
        local ids = 0
        function setup(thread) thread:set("tid", ids); ids = ids + 1 end
        local n = 0
        request = function()
          n = n + 1
          return wrk.format("{{method}}", nil, {["Authorization"] = "Bearer {{Token}}", ["Content-Type"] = "{{type}}"}, {{body}})
        end
        """;

    private static async Task Wrk(string what, string server, int seconds, int connections, string script, string path = Maps + "/one", bool quiet = false)
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, script);
        var output = await Shell.Run("wrk", $"-t{Math.Min(2, connections)} -c{connections} -d{seconds}s --latency -H 'Authorization: Bearer {Token}' {(script.Length > 0 ? $"-s {file}" : "")} {server}{path}");
        File.Delete(file);
        if (quiet) return;
        string Of(string word) => output.Text.Split('\n').FirstOrDefault(l => l.Contains(word, StringComparison.Ordinal))?.Trim().Split(' ', StringSplitOptions.RemoveEmptyEntries)[^1] ?? "?";
        var bad = output.Text.Contains("Non-2xx", StringComparison.Ordinal) ? $"  REFUSED {Of("Non-2xx")}" : "";
        Console.WriteLine($"{what,-46} {Of("Requests/sec"),10} /s   p50 {Of("50%")}  p99 {Of("99%")}{bad}");
    }

    private static async Task Lists(HttpClient client)
    {
        using (var content = new StringContent("""{"metadata":{"name":"lists"}}""", Encoding.UTF8, "application/json"))
        using (await client.PostAsync("/api/v1/namespaces", content)) { }
        await Parallel.ForEachAsync(Enumerable.Range(0, 10_000), new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (i, _) => await Post(client, $"l{i}", $"{i % 10}", "lists"));
        foreach (var (what, query) in new[] { ("list of 10,000 objects", ""), ("a tenth of them by label", "?labelSelector=m%3D3") })
        {
            var times = new List<double>();
            for (var i = 0; i < 11; i++)
            {
                var clock = Stopwatch.StartNew();
                await client.GetByteArrayAsync($"/api/v1/namespaces/lists/configmaps{query}");
                times.Add(clock.Elapsed.TotalMilliseconds);
            }
            times.Sort();
            Console.WriteLine($"{what,-46} {times[times.Count / 2],10:F1} ms");
        }
    }

    private static async Task Watches(string server, HttpClient client, int watchers, int events)
    {
        var rates = new List<double>();
        var spent = 0d;
        for (var round = 0; round < 7; round++)
        {
            var (rate, seconds) = await Watched(server, client, watchers, events, $"watched{round}");
            rates.Add(rate);
            spent += seconds * 1e6 / (7 * watchers * events);
        }
        rates.Sort();
        Console.WriteLine($"{$"{watchers} watchers × {events} events",-46} {rates[rates.Count / 2],10:N0} deliveries/s (median of 7, best {rates[^1]:N0}), {spent:F1} µs of the server's processor time each");
    }

    private static async Task<(double Rate, double Seconds)> Watched(string server, HttpClient client, int watchers, int events, string ns)
    {
        using (var content = new StringContent($$$"""{"metadata":{"name":"{{{ns}}}"}}""", Encoding.UTF8, "application/json"))
        using (await client.PostAsync("/api/v1/namespaces", content)) { }
        using var many = Client(server);
        using var stop = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var standing = new List<Stream>();
        for (var i = 0; i < watchers; i++)
        {
            var answer = await many.GetAsync($"/api/v1/namespaces/{ns}/configmaps?watch=1", HttpCompletionOption.ResponseHeadersRead, stop.Token);
            standing.Add(await answer.Content.ReadAsStreamAsync(stop.Token));
        }
        var readers = standing.Select(s => Task.Run(() => Count(s, events, stop.Token))).ToArray();
        var spent = await Metric(client, "process_cpu_seconds_total");
        var clock = Stopwatch.StartNew();
        await Parallel.ForEachAsync(Enumerable.Range(0, events), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, _) => await Post(client, $"w{i}", ns: ns));
        await Task.WhenAll(readers);
        var rate = watchers * events / clock.Elapsed.TotalSeconds;
        spent = await Metric(client, "process_cpu_seconds_total") - spent;
        foreach (var stream in standing) await stream.DisposeAsync();
        return (rate, spent);
    }

    /// <summary>The sum over all labels.</summary>
    private static async Task<double> Metric(HttpClient client, string name) => (await client.GetStringAsync("/metrics")).Split('\n')
        .Where(l => l.StartsWith(name + " ", StringComparison.Ordinal) || l.StartsWith(name + "{", StringComparison.Ordinal))
        .Sum(l => double.Parse(l[(l.LastIndexOf(' ') + 1)..], System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>Objects come, change, are listed and go for as long as asked; what memory is held meanwhile, thirty times.</summary>
    private static async Task Soak(HttpClient client, int process, int seconds)
    {
        const int looks = 30;
        var requests = 0L;
        using var over = new CancellationTokenSource();
        var work = Enumerable.Range(0, 8).Select(w => Task.Run(async () =>
        {
            for (var i = 0; !over.IsCancellationRequested; i++)
            {
                var name = $"soak-{w}-{i}";
                await Post(client, name);
                using var patch = new StringContent("""{"data":{"n":"1"}}""", Encoding.UTF8, "application/merge-patch+json");
                using (await client.PatchAsync($"{Maps}/{name}", patch)) { }
                using (await client.GetAsync($"{Maps}?limit=50&labelSelector=m%3D0")) { }
                using (await client.DeleteAsync($"{Maps}/{name}")) { }
                Interlocked.Add(ref requests, 4);
            }
        })).ToArray();
        for (var look = 1; look <= looks; look++)
        {
            await Task.Delay(TimeSpan.FromSeconds((double)seconds / looks));
            Console.WriteLine($"{$"resident after {Interlocked.Read(ref requests):N0} requests of a soak",-46} {Resident(process) / 1024,10:N0} MB");
        }
        await over.CancelAsync();
        await Task.WhenAll(work);
    }

    private static async Task<int> Objects(HttpClient client)
    {
        var list = await client.GetStringAsync("/api/v1/configmaps?limit=1");
        using var read = System.Text.Json.JsonDocument.Parse(list);
        return 1 + (read.RootElement.GetProperty("metadata").TryGetProperty("remainingItemCount", out var more) ? more.GetInt32() : 0);
    }

    private static async Task Count(Stream stream, int events, CancellationToken cancel)
    {
        var buffer = new byte[64 * 1024];
        for (var seen = 0; seen < events;)
        {
            var read = await stream.ReadAsync(buffer, cancel);
            if (read == 0) throw new EndOfStreamException("a watch ended early");
            seen += buffer.AsSpan(0, read).Count((byte)'\n');
        }
    }

    private static long Resident(int pid) => long.Parse(File.ReadLines($"/proc/{pid}/status").First(l => l.StartsWith("VmRSS", StringComparison.Ordinal))
        .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], System.Globalization.CultureInfo.InvariantCulture);
}
