using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MiniKube.ControlLoop;
using MiniKube.Machinery;
using MiniKube.Server.Streams;

namespace MiniKube.Host;

/// <summary>A node on another machine than its server: everything goes over HTTPS with the node's own certificate, and only outwards.</summary>
internal sealed class JoinedNodeLink : INodeLink, IDisposable
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);

    private readonly AgentSettings settings;
    private readonly Uri server;
    private readonly NodeKeys keys;
    private readonly TimeProvider time;
    private readonly ConsoleLog log;
    private readonly HttpApi kubelet, proxy, names;
    private DateTimeOffset refreshed;
    private readonly TunnelClient tunnel;

    public JoinedNodeLink(AgentSettings settings, Uri server, NodeKeys keys, TimeProvider time, ConsoleLog log)
    {
        (this.settings, this.server, this.keys, this.time, this.log) = (settings, server, keys, time, log);
        var known = new HttpApiOptions(server) { AuthoritiesNow = () => keys.Authorities!, CertificateNow = () => keys.Client };
        kubelet = new(known with { UserAgent = "kubelet" });
        proxy = new(known with { UserAgent = "kube-proxy", InTheNameOf = Identities.Proxy.Name });
        names = new(known with { UserAgent = "kube-dns", InTheNameOf = Identities.OfController("kube-dns").Name });
        tunnel = new(known, new IPEndPoint(IPAddress.Loopback, settings.KubeletPort), time, log.Info, log.Warn);
    }

    public IApi Kubelet => kubelet;
    public IApi Proxy => proxy;
    public IApi Names => names;
    public IApi? Balancing => null;
    public IngressLink? Ingress => null;
    public IReadOnlyList<X509Certificate2> Authorities => [.. keys.Authorities ?? []];

    public async Task Refresh(CancellationToken cancel)
    {
        // Strangers who knock don't make this node ask more often than that.
        if (time.GetUtcNow() - refreshed < Fresh) return;
        refreshed = time.GetUtcNow();
        await Facts(cancel);
    }

    /// <summary>The address from which the server is reached, which others on that way can reach too.</summary>
    public Func<IPAddress> AddressOf(NodeSettings settings)
    {
        if (settings.NodeIp is { } given) return () => IPAddress.Parse(given);
        var (last, asked) = (Towards(server) ?? HostAddresses.Primary(), time.GetTimestamp());
        return () =>
        {
            if (time.GetElapsedTime(asked) < Fresh) return last;
            asked = time.GetTimestamp();
            return last = Towards(server) ?? last;
        };
    }

    public async Task<Func<X509Certificate2>> Serving(Func<IPAddress> address, CancellationToken cancel)
    {
        string? said = null;
        while (!keys.IsServing(address(), time.GetUtcNow()))
        {
            if (await RenewServing(address(), cancel) is not { } fault) break;
            if (said != fault) log.Warn($"no certificate for the node's own port: {fault}");
            said = fault;
            await Task.Delay(TimeSpan.FromSeconds(5), time, cancel);
        }
        return () => keys.Serving!;
    }

    public Task Attend(INodeDoor door, CancellationToken cancel) => tunnel.Run(cancel);

    /// <summary>Only what lies where the cluster's volumes are.</summary>
    public Task<string?> Clear(string directory, CancellationToken cancel) =>
        settings.LocalStoragePath is { } root && Path.IsPathRooted(directory) && Path.GetDirectoryName(Path.GetFullPath(directory)) == Path.GetFullPath(root).TrimEnd('/') && Path.GetFullPath(directory) == directory
            ? LocalStorage.Clear(directory, cancel) : Task.FromResult<string?>($"{directory} isn't a directory of this cluster's volumes");

    /// <summary>Asks for the cluster's facts and for another certificate where one is due; what went wrong, or null.</summary>
    public async Task<string?> Renew(Func<IPAddress> address, CancellationToken cancel)
    {
        if (await Facts(cancel) is { Error: { } unknown }) return unknown.Message;
        if (!keys.IsFresh(keys.Client, keys.ClientSpec, time.GetUtcNow()))
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var signed = await SigningRequest.Run(kubelet, key, keys.ClientSpec, SigningRequest.NodeClient, time, cancel);
            if (!signed.Ok) return signed.Error!.Message;
            keys.KeepClient(signed.Value, key);
            log.Info("the node's certificate is renewed");
        }
        return keys.Serving is null || keys.IsServing(address(), time.GetUtcNow()) ? null : await RenewServing(address(), cancel);
    }

    /// <summary>The cluster's facts as they are now; whom to believe is taken up at once.</summary>
    public async Task<Result<ClusterFacts>> Facts(CancellationToken cancel)
    {
        var got = await kubelet.Document(ClusterFacts.Path, cancel);
        if (!got.Ok) return got.Error!;
        if (ClusterFacts.Of(JsonReader.ReadMap(got.Value.Json.Span)) is not { } facts) return ApiError.BadRequest("the server doesn't say what its cluster is like: is it of another version?");
        keys.Believe(facts.Believed());
        new AgentFiles(server, settings.NodeName, facts).Write(settings.DataDir);
        return facts;
    }

    public void Dispose()
    {
        kubelet.Dispose();
        proxy.Dispose();
        names.Dispose();
        tunnel.Dispose();
    }

    private async Task<string?> RenewServing(IPAddress address, CancellationToken cancel)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var signed = await SigningRequest.Run(kubelet, key, keys.ServingSpec(address), SigningRequest.NodeServing, time, cancel);
        // The API itself may be known by this address, on the same machine: then the name has to do.
        if (signed.Error is { Code: 400 }) signed = await SigningRequest.Run(kubelet, key, keys.ServingSpec(null), SigningRequest.NodeServing, time, cancel);
        if (!signed.Ok) return signed.Error!.Message;
        keys.KeepServing(signed.Value, key);
        return null;
    }

    /// <summary>Nothing is sent for it.</summary>
    private static IPAddress? Towards(Uri server)
    {
        try
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            socket.Connect(server.Host, server.Port);
            return (socket.LocalEndPoint as IPEndPoint)?.Address is { } own && !IPAddress.IsLoopback(own) ? own : null;
        }
        catch (SocketException)
        {
            return null;
        }
    }
}
