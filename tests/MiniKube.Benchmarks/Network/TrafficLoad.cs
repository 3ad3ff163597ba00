using System.Diagnostics;
using System.Net.Sockets;
using System.Text.Json;
using MiniKube.TestKit;

namespace MiniKube.Benchmarks.Network;

/// <summary>From the moment clients of the API see a pod Ready until its service answers on this host, through the shipped executable.</summary>
internal static class TrafficLoad
{
    private const int Rounds = 20;

    public static async Task<List<double>> Run()
    {
        await using var docker = await DockerHost.Start();
        await using var minik = await MinikProcess.Start("--container-runtime-endpoint", docker.Socket);
        await Until.Says(() => minik.Kubectl("get nodes"), " Ready");
        await Until.Says(() => minik.Kubectl("get serviceaccounts"), "default");
        var times = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            await minik.Kubectl("apply -f -", $$$"""{apiVersion: v1, kind: Service, metadata: {name: s{{{round}}}}, spec: {selector: {round: "{{{round}}}"}, ports: [{port: 80, targetPort: 8080}]}}""");
            var address = (await minik.Kubectl($"get service s{round} -o jsonpath={{.spec.clusterIP}}")).Text;
            using var watch = Process.Start(new ProcessStartInfo(KubectlVersions.Default, ["get", "pods", "-l", $"round={round}", "-w", "-o", "json", "--output-watch-events"])
            { RedirectStandardOutput = true, Environment = { ["KUBECONFIG"] = minik.Kubeconfig, ["HOME"] = minik.Directory } })!;
            await minik.Kubectl("apply -f -", $$$"""{apiVersion: v1, kind: Pod, metadata: {name: p{{{round}}}, labels: {round: "{{{round}}}"}}, spec: {terminationGracePeriodSeconds: 0, containers: [{name: c, image: {{{DockerHost.Image}}}, imagePullPolicy: IfNotPresent, command: [httpd, -f, -p, "8080", -h, /], readinessProbe: {tcpSocket: {port: 8080}, periodSeconds: 1}}]}}""");
            await Ready(watch);
            var clock = Stopwatch.StartNew();
            while (!await Answers(address)) await Task.Yield();
            times.Add(clock.Elapsed.TotalMilliseconds);
            watch.Kill();
            await watch.WaitForExitAsync();
            await minik.Kubectl($"delete pod/p{round} service/s{round} --wait=false");
        }
        await Until.True(async () => (await minik.Kubectl("get pods -o name")).Text.Length == 0);
        await minik.Stop();
        await Shell.Run(MinikProcess.Binary, $"cleanup --data-dir {minik.Directory}");
        times.Sort();
        return times;
    }

    private static async Task Ready(Process watch)
    {
        while (await watch.StandardOutput.ReadLineAsync() is { } line)
        {
            using var change = JsonDocument.Parse(line);
            var status = change.RootElement.GetProperty("object").GetProperty("status");
            if (status.TryGetProperty("conditions", out var conditions)
                && conditions.EnumerateArray().Any(c => c.GetProperty("type").GetString() == "Ready" && c.GetProperty("status").GetString() == "True")) return;
        }
        throw new InvalidOperationException("the watch ended");
    }

    private static async Task<bool> Answers(string address)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        // The kernel tells of few refusals a second: a question without an answer is asked again long before TCP would.
        using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(10));
        try
        {
            await socket.ConnectAsync(address, 80, patience.Token);
            return true;
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            return false;
        }
    }
}
