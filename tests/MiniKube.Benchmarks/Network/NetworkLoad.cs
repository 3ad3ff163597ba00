using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Kinds.Discovery;
using MiniKube.Network;
using MiniKube.Network.Dns;
using MiniKube.Network.Proxy;
using MiniKube.TestKit;

namespace MiniKube.Benchmarks.Network;

/// <summary>Service rules in a network namespace of its own, and DNS on loopback, with many services of two endpoints each.</summary>
internal static class NetworkLoad
{
    private const string Range = "10.43.0.0/16";
    private static readonly ProxyNode Node = new("node") { Addresses = ["192.0.2.2"] };

    public static async Task Run(string[] args)
    {
        var count = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 10_000;
        var name = $"mkb-{Environment.ProcessId}";
        await Tool.Must("ip", ["netns", "add", name]);
        try
        {
            await Rules("nftables", count, $"/run/netns/{name}");
            await Rules("iptables", count, $"/run/netns/{name}");
            await PolicyLoad.Run("nftables", 1000, 1000);
            await PolicyLoad.Run("iptables", 1000, 1000);
        }
        finally
        {
            Tool.Place = null;
            await Tool.Run("ip", ["netns", "del", name]);
        }
        await Names(count);
        var traffic = await TrafficLoad.Run();
        Say("from a pod's Ready to its service's first answer", $"{Median(traffic):N0} ms (worst of {traffic.Count}: {traffic[^1]:N0})");
    }

    private static async Task Rules(string mode, int count, string place)
    {
        Tool.Place = place;
        var options = new ProxyOptions("node", Range);
        IRuleKeeper keeper = mode == "nftables" ? new NftKeeper(options) : new IptablesKeeper(options, (await Iptables.Usable())!);
        var clock = Stopwatch.StartNew();
        var services = Enumerable.Range(0, count).Select(i => Frontends(i, 2)).ToArray();
        var decided = clock.ElapsedMilliseconds;
        await keeper.Load(services, default);
        Say($"{mode}: {count:N0} services × 2 endpoints, from nothing", $"{clock.ElapsedMilliseconds:N0} ms (of these {decided:N0} deciding)");
        var times = new List<double>();
        for (var i = 0; i < Math.Min(21, count); i++)
        {
            clock.Restart();
            await keeper.Follow([new(services[i], Frontends(i, 3))], default);
            times.Add(clock.Elapsed.TotalMilliseconds);
        }
        Say($"{mode}: one endpoint more in one of them", $"{Median(times):N0} ms (worst {times[^1]:N0})");
        if (mode == "nftables") await NftKeeper.CleanUp();
        else await IptablesKeeper.CleanUp();
    }

    private static async Task Names(int count)
    {
        var api = new MemoryApi(TimeProvider.System);
        await api.Create(new("", "v1", "namespaces"), null, """{"metadata":{"name":"default"}}"""u8.ToArray());
        for (var i = 0; i < count; i++)
            await api.Create(new("", "v1", "services"), "default", System.Text.Encoding.UTF8.GetBytes($$$"""{"metadata":{"name":"s{{{i}}}","namespace":"default"},"spec":{"clusterIP":"{{{Address(i)}}}","clusterIPs":["{{{Address(i)}}}"],"ports":[{"port":80}]}}"""));
        using var stop = new CancellationTokenSource();
        var caches = new Caches(api, TimeProvider.System);
        var data = new CachedZoneData(caches);
        caches.Start(stop.Token);
        await data.WhenSynced(stop.Token);
        var zone = new ClusterZone(data, "cluster.local", [Ipv4Range.Parse(Range)]);
        var at = new IPEndPoint(IPAddress.Loopback, 7753);
        using var server = new DnsServer(at.Address, at.Port, zone, new Forwarder(() => [], TimeProvider.System), Console.Error.WriteLine);
        var running = server.Run(stop.Token);
        byte[][] questions = [.. Enumerable.Range(0, 1000).Select(i => (byte[])[0, (byte)i, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, .. DnsMessage.Name($"s{i * 7 % count}.default.svc.cluster.local"), 0, 1, 0, 1])];

        var clock = Stopwatch.StartNew();
        var answered = 0;
        while (clock.ElapsedMilliseconds < 2000)
            for (var i = 0; i < 1000; i++, answered++) await server.Answer(questions[i], false, stop.Token);
        Say("DNS: answers made, one thread, without sockets", $"{answered / clock.Elapsed.TotalSeconds:N0} /s");

        using var stranger = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        stranger.Connect(at);
        var before = GC.GetTotalMemory(true);
        var total = 0L;
        clock.Restart();
        var clients = Enumerable.Range(0, 2).Select(n => Task.Factory.StartNew(() => Interlocked.Add(ref total, Client(at, questions, clock)), TaskCreationOptions.LongRunning)).ToArray();
        await Task.WhenAll(clients);
        Say("DNS: questions over UDP, asked from the same two cores", $"{total / clock.Elapsed.TotalSeconds:N0} /s");

        var garbage = new byte[300];
        clock.Restart();
        for (var i = 0; i < 500_000; i++)
        {
            garbage[i % garbage.Length]++;
            stranger.Send(garbage);
        }
        await Task.Delay(500);
        Say("DNS: memory after that and 500,000 malformed packets", $"{(GC.GetTotalMemory(true) - before) / 1024.0:+#,0;-#,0} KB");
        await stop.CancelAsync();
        await running;
    }

    /// <summary>Keeps a window of questions in flight, as many clients would.</summary>
    private static long Client(IPEndPoint at, byte[][] questions, Stopwatch clock)
    {
        const int window = 64;
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 200, ReceiveBufferSize = 1 << 20 };
        socket.Connect(at);
        var buffer = new byte[512];
        long answered = 0;
        var next = 0;
        for (var i = 0; i < window; i++) socket.Send(questions[next++ % questions.Length]);
        while (clock.ElapsedMilliseconds < 3000)
        {
            try
            {
                socket.Receive(buffer);
                answered++;
                socket.Send(questions[next++ % questions.Length]);
            }
            catch (SocketException)
            {
                for (var i = 0; i < window; i++) socket.Send(questions[next++ % questions.Length]);
            }
        }
        return answered;
    }

    private static ServiceFrontends Frontends(int i, int endpoints)
    {
        var service = new Service { Metadata = new() { Name = $"s{i}", Namespace = "default" }, Spec = new() { ClusterIP = Address(i), Ports = [new() { Port = 80, Protocol = "TCP" }] } };
        var slice = new EndpointSlice
        {
            AddressType = "IPv4", Ports = [new() { Name = "", Port = 8080, Protocol = "TCP" }],
            Endpoints = [.. Enumerable.Range(0, endpoints).Select(e => new Endpoint { Addresses = [$"10.42.{(i * 3 + e) / 250 % 250}.{(i * 3 + e) % 250 + 1}"], NodeName = "node" })],
        };
        return ServiceFrontends.For(service, [slice], Node);
    }

    private static string Address(int i) => $"10.43.{i / 250 + 1}.{i % 250 + 1}";

    internal static double Median(List<double> times)
    {
        times.Sort();
        return times[times.Count / 2];
    }

    internal static void Say(string what, string figure) => Console.WriteLine($"{what,-56} {figure}");
}
