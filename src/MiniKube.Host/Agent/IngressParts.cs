using System.Net.Sockets;
using MiniKube.ControlLoop;
using MiniKube.Kinds.Networking;
using MiniKube.Machinery;
using MiniKube.Network.Ingress;
using MiniKube.Network.Proxy;

namespace MiniKube.Host;

/// <summary>The built-in ingress controller: routes, two ports of the host, the status of ingresses, and the class they belong to.</summary>
internal static class IngressParts
{
    private const string Account = "ingress-controller";
    private static readonly TimeSpan NextTry = TimeSpan.FromSeconds(5);

    public static IEnumerable<Func<CancellationToken, Task>> Of(NodeSettings settings, IngressLink link, Func<System.Net.IPAddress> address, Caches network, TimeProvider time, ConsoleLog log)
    {
        var own = new Caches(link.Api, time);
        var routes = new IngressRoutes(own, network);
        var recorder = new EventRecorder(link.Api, new(Account, settings.NodeName), time);
        var open = new List<IngressPort>();
        var parts = new List<Func<CancellationToken, Task>> { recorder.Run, routes.Run };
        foreach (var (flag, number, certificate) in new[] { ("ingress-http-port", settings.IngressHttpPort, null), ("ingress-https-port", settings.IngressHttpsPort, link.Certificate) })
        {
            if (number == 0) continue;
            var port = new IngressPort(number, () => routes.Now, certificate, time, log.Warn);
            open.Add(port);
            parts.Add(life => Listen(port, number, flag, () => Addresses(settings.ProxyMode, address, life), routes, recorder, time, log, life));
        }
        var runner = new Runner(new IngressController(own, network, settings.NodeName, () => open.Exists(p => p.Listening)), link.Api, own, recorder, f => log.Warn($"{f.Controller} {f.Key}: {f.Message}"));
        runner.Prepare();
        parts.Add(runner.Run);
        parts.Add(async life =>
        {
            own.Start(life);
            await own.Ended();
        });
        return parts;
    }

    /// <summary>Made at a start that finds none; whoever changes or marks it otherwise keeps what he made of it.</summary>
    public static async Task EnsureClass(ControlPlane plane, TimeProvider time, ConsoleLog log, CancellationToken cancel)
    {
        var api = plane.ApiFor(Identities.OfController(Account), Account);
        while (true)
        {
            var made = await api.Create(Resources.RefOf<IngressClass>(), null, JsonWriter.ToUtf8(new JsonMap
            {
                { "apiVersion", "networking.k8s.io/v1" }, { "kind", "IngressClass" },
                { "metadata", new JsonMap { { "name", IngressPlan.ClassName }, { "annotations", new JsonMap { { IngressPlan.DefaultMark, "true" } } } } },
                { "spec", new JsonMap { { "controller", IngressPlan.ControllerName } } },
            }), cancel: cancel);
            if (made.Ok || made.Error!.Reason == "AlreadyExists") return;
            log.Warn($"ingress class {IngressPlan.ClassName}: {made.Error.Message}");
            await Task.Delay(NextTry, time, cancel);
        }
    }

    /// <summary>Where services are sockets of ours, these have the same port at their own addresses, which leaves those of the node.</summary>
    private static async Task<IReadOnlyList<System.Net.IPAddress>> Addresses(string mode, Func<System.Net.IPAddress> address, CancellationToken cancel) =>
        await ProxyModes.Choose(mode, cancel) == ProxyMode.Userspace ? [address(), System.Net.IPAddress.Loopback] : [System.Net.IPAddress.Any];

    /// <summary>From the first ingress on. Somebody else may have the port: then each ingress is told, and it is tried again.</summary>
    private static async Task Listen(IngressPort port, int number, string flag, Func<Task<IReadOnlyList<System.Net.IPAddress>>> addresses, IngressRoutes routes, IEventSink events, TimeProvider time, ConsoleLog log, CancellationToken cancel)
    {
        await routes.WhenWanted(cancel);
        var told = new HashSet<string>();
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                await port.Run(await addresses(), cancel);
            }
            catch (Exception e) when (e is IOException or SocketException)
            {
                if (told.Count == 0) log.Warn($"ingress: port {number} of this host can't be had: {e.Message} (another one: --{flag})");
                foreach (var ingress in routes.Ours())
                    if (told.Add(ingress.Uid)) events.Emit(ingress.Ref, "Warning", "PortTaken", $"port {number} of the node can't be had: {e.Message}");
                await Task.Delay(NextTry, time, cancel);
            }
        }
    }
}
