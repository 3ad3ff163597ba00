using System.Net;
using MiniKube.ControlLoop;
using MiniKube.Engines.Simulated;
using MiniKube.Kinds.Core;
using MiniKube.Kubelet;
using MiniKube.Network.Bridge;
using MiniKube.Network.Dns;
using MiniKube.Network.Environment;
using MiniKube.Network.Overlay;
using MiniKube.Network.Policy;
using MiniKube.Network.Proxy;
using MiniKube.Network.ServiceLb;

namespace MiniKube.Host;

/// <summary>The node of this machine, put together: engine, pod network, kubelet, service rules, names.</summary>
internal static class AgentParts
{
    private static readonly TimeSpan EngineStart = TimeSpan.FromSeconds(2);

    /// <summary>A machine that has no engine may get one: then all begins anew with it.</summary>
    public static async Task Run(NodeSettings settings, INodeLink link, TimeProvider time, ConsoleLog log, CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            var engine = settings is ServerSettings { DisableAgent: true } || settings.Runtime == "none" ? null : await EngineChoice.Make(settings, time, log.Warn, cancel);
            using var life = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            var running = Run(engine, settings, link, time, log, life.Token);
            if (engine is { Absent: not null })
            {
                await Task.WhenAny(running, EngineChoice.Appears(settings, time, life.Token));
                await life.CancelAsync();
                await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                continue;
            }
            await running;
            return;
        }
    }

    private static async Task Run(NodeEngine? engine, NodeSettings settings, INodeLink link, TimeProvider time, ConsoleLog log, CancellationToken cancel)
    {
        var addressNow = link.AddressOf(settings);
        var address = addressNow();
        var caches = new Caches(link.Proxy, time);
        var parts = new List<Func<CancellationToken, Task>>();
        var pods = new BridgedPods();
        NodeAgent? agent = null;
        ServiceProxy? services = null;
        NetworkPolicies? policies = null;

        if (engine is not null)
        {
            parts.AddRange(EngineParts.Of(engine, settings, pods, time, log));
            var pretended = engine.Runtime == "simulated" ? new SimulatedNetwork() : null;
            agent = new NodeAgent(Options(settings, addressNow) with { Pretended = pretended is not null }, link.Kubelet, engine.Engine, pretended is null ? pods : pretended, new ServiceLinks(caches), time, log.Warn, log.Info);
            var door = new LocalNode(agent.Api, new IPEndPoint(IPAddress.Loopback, settings.KubeletPort));
            parts.Add(life => link.Attend(door, life));
            var answers = EngineChoice.WhenAnswers(engine.Engine, time, cancel);
            parts.Add(async life =>
            {
                // An engine that has just been started needs a moment; without one the node says so.
                if (engine.Own is not null) await Task.WhenAny(answers, Task.Delay(EngineStart, time, life));
                await agent.Run(life);
            });
            parts.Add(life => Persist($"kubelet port {settings.KubeletPort}", async open =>
            {
                var serving = await link.Serving(addressNow, open);
                await new KubeletPort(new(IPAddress.Any, settings.KubeletPort, serving, () => link.Authorities) { Clear = link.Clear, Refresh = link.Refresh }, agent, door, time, log.Warn).Run(open);
            }, time, log, life));
            if (pretended is not null)
            {
                parts.Add(async life =>
                {
                    pretended.Open(await agent.PodRange.WaitAsync(life));
                    agent.Nudge();
                });
            }
            // A machine without an engine runs no pods: its network stays as it is.
            void AfterEngine(string name, Func<CancellationToken, Task> run) => parts.Add(async life =>
            {
                if (pretended is not null) return;
                await answers.WaitAsync(life);
                await Persist(name, run, time, log, life);
            });
            AfterEngine("pod network", life => KeepBridge(settings, agent, pods, time, life));
            AfterEngine("routes to other nodes", async life => await new NodeRoutes(caches, settings.NodeName, Bridge(settings, await agent.PodRange.WaitAsync(life)), log.Warn).Run(life));
            if (settings.ProxyMode != "none" && !settings.Disable.Contains("proxy"))
                AfterEngine("service rules", (services = new ServiceProxy(caches, new ProxyOptions(settings.NodeName, settings.ServiceCidr)
                {
                    ClusterCidr = settings.ClusterCidr, NodeAddresses = [address.ToString()], OwnAddresses = [settings.ClusterDns], Mode = settings.ProxyMode,
                }, log.Warn)).Run);
            if (!settings.Disable.Contains("network-policy"))
            {
                var policyEvents = new EventRecorder(link.Proxy, new("network-policy", settings.NodeName), time);
                parts.Add(policyEvents.Run);
                pods.Policies = policies = new NetworkPolicies(caches, settings.NodeName, settings.ProxyMode, policyEvents, log.Warn);
                AfterEngine("network policies", policies.Run);
            }
            if (!settings.Disable.Contains("dns")) AfterEngine("names", new ClusterDns(new(settings.ClusterDns, settings.ClusterDomain, [settings.ServiceCidr, settings.ClusterCidr]), caches,
                link.Names, log.Warn).Run);
            if (!settings.Disable.Contains("ingress") && pretended is null && link.Ingress is { } ingress) parts.AddRange(IngressParts.Of(settings, ingress, addressNow, caches, time, log));
        }
        if (!settings.Disable.Contains("servicelb") && link.Balancing is { } balancing)
        {
            var recorder = new EventRecorder(balancing, new("service-lb-controller"), time);
            var runner = new Runner(new LoadBalancerController(caches, HostListeners.On), balancing, caches, recorder, f => log.Warn($"{f.Controller} {f.Key}: {f.Message}"));
            runner.Prepare();
            parts.Add(recorder.Run);
            parts.Add(runner.Run);
        }
        caches.Start(cancel);
        try
        {
            await Together.Run(cancel, parts);
        }
        finally
        {
            agent?.Dispose();
            services?.Dispose();
            policies?.Dispose();
            pods.Dispose();
            if (engine is not null) await engine.Engine.DisposeAsync();
        }
    }

    /// <summary>What the host doesn't allow now it may allow later: said once per cause, tried again, nobody else concerned.</summary>
    private static async Task Persist(string name, Func<CancellationToken, Task> run, TimeProvider time, ConsoleLog log, CancellationToken cancel)
    {
        string? said = null;
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                await run(cancel);
                return;
            }
            catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException or UnauthorizedAccessException)
            {
                if (said != e.Message) log.Warn($"{name}: {e.Message}");
                said = e.Message;
                await Task.Delay(TimeSpan.FromSeconds(5), time, cancel);
            }
        }
    }

    private static NodeOptions Options(NodeSettings settings, Func<IPAddress> address) => new()
    {
        Name = settings.NodeName, DataDir = Path.Combine(settings.DataDir, "agent"), AddressNow = address, ClusterDns = settings.ClusterDns, ClusterDomain = settings.ClusterDomain,
        Labels = Labels(settings.NodeLabels), Taints = [.. settings.NodeTaints.Select(Taint)], Port = settings.KubeletPort,
        PodManifestPath = settings.PodManifestPath, ManifestUrl = settings.ManifestUrl,
        Thresholds = settings.Eviction, MostEvictionGrace = settings.EvictionMaxPodGrace, Reserved = settings.Reserved, PressureTransition = settings.EvictionTransition, AllowedSysctls = settings.AllowedSysctls,
        ImagesDir = Path.Combine(settings.DataDir, "images"), RegistriesFiles = RegistryFiles.Of(settings.DataDir),
        ImageThresholds = new(settings.ImageGcHigh, settings.ImageGcLow), KeptLogBytes = (long)settings.LogKeepSize << 20, KeptLogAge = settings.LogKeepAge,
    };

    /// <summary>The bridge comes with the node's range; afterwards other programs' firewalls are looked after, which forget us when they restart.</summary>
    private static async Task KeepBridge(NodeSettings settings, NodeAgent agent, BridgedPods pods, TimeProvider time, CancellationToken cancel)
    {
        var range = await agent.PodRange.WaitAsync(cancel);
        var options = Bridge(settings, range);
        while (!cancel.IsCancellationRequested)
        {
            if (pods.NotReadyReason is not null)
            {
                await pods.Open(options, cancel);
                agent.Nudge();
            }
            else
            {
                await pods.Accept(cancel);
            }
            await Task.Delay(TimeSpan.FromSeconds(pods.NotReadyReason is null ? 30 : 5), time, cancel);
        }
    }

    private static BridgeOptions Bridge(NodeSettings settings, string range) =>
        new(range, settings.ClusterCidr, settings.ServiceCidr, Path.Combine(settings.DataDir, "agent", "network")) { Mode = settings.ProxyMode };

    private static Dictionary<string, string> Labels(IReadOnlyList<string> given) => given.Select(l => l.Split('=', 2)).ToDictionary(p => p[0], p => p.Length > 1 ? p[1] : "");

    private static NodeOptions.Taint Taint(string text)
    {
        var (head, effect) = text.LastIndexOf(':') is > 0 and var colon ? (text[..colon], text[(colon + 1)..]) : (text, "NoSchedule");
        var parts = head.Split('=', 2);
        return new(parts[0], parts.Length > 1 ? parts[1] : "", effect);
    }

    private sealed class ServiceLinks(Caches caches) : IServiceEnvironment
    {
        private readonly Cache<Service> services = caches.Of(Resources.Of<Service>());

        public IReadOnlyList<KeyValuePair<string, string>> For(string ns, bool links) => ServiceVariables.For(services.All().Select(s => s.Value), ns, links);
    }
}
