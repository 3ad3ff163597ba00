using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>kubectl port-forward: ports of a pod on this machine.</summary>
internal static class PortForwardVerb
{
    public static readonly Verb Verb = new("port-forward", "Forward one or more local ports to a pod", "kubectl port-forward TYPE/NAME [options] [LOCAL_PORT:]REMOTE_PORT [...[LOCAL_PORT_N:]REMOTE_PORT_N]")
    {
        Flags = [FlagSpec.List("address", "Addresses to listen at; localhost is 127.0.0.1 and ::1"), FlagSpec.Duration("pod-running-timeout", "How long to wait for a pod", "1m0s")],
        Run = Run,
    };

    private sealed record Pair(int Local, int Remote);

    private static async Task<int> Run(Call call)
    {
        if (call.Arguments.Count < 2) throw call.Misused("TYPE/NAME and list of ports are required for port-forward");
        var subject = await Subjects.One(call, call.Arguments[0], "pods");
        var pod = await PodChoice.One(call, call.Arguments[0]);
        if (pod.Status().Text("phase") is var phase and not "Running") throw new Failure($"unable to forward port because pod is not running. Current status={phase}");
        var pairs = call.Arguments.Skip(1).Select(p => Read(p, subject.Object, pod)).ToList();
        var path = (await PodChoice.Pods(call)).Path(pod.Namespace(), pod.Name(), "portforward");
        var listeners = new List<(TcpListener Listener, int Remote)>();
        foreach (var pair in pairs) Listen(call, pair, listeners);
        if (listeners.Count == 0) throw new Failure($"unable to listen on any of the requested ports: [{string.Join(' ', pairs.Select(p => $"{{{p.Local} {p.Remote}}}"))}]");
        await call.Out.FlushAsync();
        await Task.WhenAll(listeners.Select(l => Serve(call, l.Listener, path, l.Remote)));
        return 0;
    }

    private static Pair Read(string text, JsonMap named, JsonMap pod)
    {
        var parts = text.Split(':');
        var remote = Port(parts[^1], named, pod, text);
        if (named.Kind() == "Service")
        {
            // The user names the service's port; what listens is the pod's.
            var port = named.Spec().Maps("ports").FirstOrDefault(p => p.Whole("port") == remote || p.Text("name") == parts[^1]) ?? throw new Failure($"Service {named.Name()} does not have a service port {remote}");
            var local = parts.Length > 1 && parts[0].Length > 0 ? Number(parts[0], text) : parts.Length > 1 ? 0 : (int)port.Whole("port")!.Value;
            var target = port["targetPort"] switch { JsonNumber n => (int)n.Whole, JsonText t => Named(pod, t.Value) ?? throw new Failure($"Pod '{pod.Name()}' does not have a named port '{t.Value}'"), _ => (int)port.Whole("port")!.Value };
            return new(local, named.Spec().Text("clusterIP") == "None" && port["targetPort"] is null ? (int)port.Whole("port")!.Value : target);
        }
        return new(parts.Length == 1 ? remote : parts[0].Length == 0 ? 0 : Number(parts[0], text), remote);
    }

    private static int Port(string text, JsonMap named, JsonMap pod, string whole) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : named.Kind() == "Service" ? (int)(named.Spec().Maps("ports").FirstOrDefault(p => p.Text("name") == text)?.Whole("port") ?? throw new Failure($"Service '{named.Name()}' does not have a named port '{text}'"))
        : Named(pod, text) ?? throw new Failure($"Pod '{pod.Name()}' does not have a named port '{text}'");

    private static int? Named(JsonMap pod, string name) => (int?)pod.Spec().Maps("containers").SelectMany(c => c.Maps("ports")).FirstOrDefault(p => p.Text("name") == name)?.Whole("containerPort");

    private static int Number(string text, string whole) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= 65535 ? number : throw new Failure($"error parsing local port '{text}': invalid port format '{whole}'");

    private static void Listen(Call call, Pair pair, List<(TcpListener, int)> listeners)
    {
        var named = call.Words.All("address");
        foreach (var address in (named.Count > 0 ? named : ["localhost"]).SelectMany(a => a == "localhost" ? (IPAddress[])[IPAddress.Loopback, IPAddress.IPv6Loopback] : [IPAddress.TryParse(a, out var ip) ? ip : throw new Failure($"{a} is not a valid IP")]))
        {
            // One number for both families, also where the system chooses it.
            var port = pair.Local == 0 && listeners.Count > 0 && listeners[^1].Item2 == pair.Remote && address.Equals(IPAddress.IPv6Loopback) ? ((IPEndPoint)listeners[^1].Item1.LocalEndpoint).Port : pair.Local;
            var listener = new TcpListener(address, port);
            try
            {
                listener.Start();
            }
            catch (SocketException e)
            {
                listener.Dispose();
                if (!address.Equals(IPAddress.IPv6Loopback)) call.Error.WriteLine($"Unable to listen on port {port}: Listeners failed to create with the following errors: [unable to create listener: Error listen tcp {new IPEndPoint(address, port)}: bind: {e.Message}]");
                continue;
            }
            listeners.Add((listener, pair.Remote));
            call.Out.WriteLine($"Forwarding from {listener.LocalEndpoint} -> {pair.Remote}");
        }
    }

    private static async Task Serve(Call call, TcpListener listener, string path, int remote)
    {
        using (listener)
        {
            while (true)
            {
                var client = await listener.AcceptTcpClientAsync(call.Stop);
                call.Out.WriteLine($"Handling connection for {((IPEndPoint)listener.LocalEndpoint).Port}");
                await call.Out.FlushAsync();
                _ = Forward(call, client, path, remote);
            }
        }
    }

    private static async Task Forward(Call call, TcpClient client, string path, int remote)
    {
        using (client)
        {
            try
            {
                using var channels = new ChannelStream(await call.Api.Socket($"{path}?ports={remote}", "v4.channel.k8s.io"));
                using var life = CancellationTokenSource.CreateLinkedTokenSource(call.Stop);
                await using var stream = client.GetStream();
                var up = Up(channels, stream, life.Token);
                int[] greeted = [0, 0];
                await foreach (var (channel, part) in channels.Read(life.Token))
                {
                    // The first two bytes of each channel are the port.
                    var data = part;
                    var skip = channel < 2 ? Math.Min(2 - greeted[channel], data.Length) : 0;
                    if (channel < 2) greeted[channel] += skip;
                    data = data[skip..];
                    if (data.Length == 0) continue;
                    if (channel == 0) await stream.WriteAsync(data, life.Token);
                    else call.Error.WriteLine($"error: {Encoding.UTF8.GetString(data.Span)}");
                }
                await life.CancelAsync();
                await up;
            }
            catch (Exception e) when (e is IOException or Failure or Refusal or OperationCanceledException or SocketException or ObjectDisposedException)
            {
                if (e is Failure or Refusal) call.Error.WriteLine($"error: {e.Message}");
            }
        }
    }

    private static async Task Up(ChannelStream channels, NetworkStream stream, CancellationToken cancel)
    {
        try
        {
            var buffer = new byte[32 * 1024];
            while (await stream.ReadAsync(buffer, cancel) is > 0 and var read) await channels.Send(0, buffer.AsMemory(0, read), cancel);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or System.Net.WebSockets.WebSocketException or ObjectDisposedException or InvalidOperationException)
        {
            // One of the two ends is gone.
        }
    }
}
