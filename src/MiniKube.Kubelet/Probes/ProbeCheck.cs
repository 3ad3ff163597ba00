using System.Net;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Kubelet.Probes;

/// <summary>One answer of a probe; Errored when it could not even be asked, Doubtful when it went well in a way that somebody should look at.</summary>
internal sealed record ProbeAnswer(bool Success, string Output, bool Errored = false)
{
    public bool Doubtful { get; init; }
}

/// <summary>Asks once: runs the command, opens the connection or sends the request.</summary>
internal sealed class ProbeCheck(IContainerEngine engine, bool pretendedNetwork = false)
{
    private const string Agent = "kube-probe/1.36";
    private const int MostOutput = 10 * 1024;

    /// <summary>On the probes' own thread where that will do, for a connection to an address and a page over it; anything else in the thread pool.</summary>
    public async Task<ProbeAnswer> Ask(ProbeLoop loop, Probe probe, Container container, ContainerInfo running, string podIP, CancellationToken cancel)
    {
        if (probe.Exec is null && !pretendedNetwork)
        {
            var left = loop.Deadline(Patience(probe));
            try
            {
                if (probe.HttpGet is { } get && Url(get, container, podIP).Url is { } url && HttpProbe.Get(url, get.HttpHeaders ?? [], Agent, loop, left, cancel) is { } page) return await page;
                if (probe.TcpSocket is { } tcp && IPAddress.TryParse(Host(tcp, podIP), out var address)) return await Dial(async () => await ProbeSocket.Dial(loop, new(address, Port(tcp.Port, container)), left, cancel));
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                return TooLate(probe, container, podIP);
            }
        }
        return await Task.Run(() => Ask(probe, container, running, podIP, cancel), cancel);
    }

    public async Task<ProbeAnswer> Ask(Probe probe, Container container, ContainerInfo running, string podIP, CancellationToken cancel)
    {
        if (probe.Exec is { } exec) return await Run(exec, running, Patience(probe), cancel);
        if (pretendedNetwork) return new(true, "");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(Patience(probe));
        try
        {
            if (probe.HttpGet is { } get) return await Get(get, container, podIP, limit.Token);
            if (probe.TcpSocket is { } tcp) return await Dial(async () => await HttpProbe.Dialed(Host(tcp, podIP), Port(tcp.Port, container), limit.Token));
            if (probe.Grpc is { } grpc) return await GrpcHealth.Ask(podIP, grpc.Port ?? 0, grpc.Service ?? "", limit.Token) ?? TooLate(probe, container, podIP);
            return new(true, "");
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return TooLate(probe, container, podIP);
        }
    }

    public async Task<ProbeAnswer> Run(ExecAction exec, ContainerInfo running, TimeSpan timeout, CancellationToken cancel)
    {
        try
        {
            var result = await engine.ExecSync(running.Id, exec.Command ?? [], timeout, cancel);
            return new(result.ExitCode == 0, result.Output.Length > MostOutput ? result.Output[..MostOutput] : result.Output);
        }
        catch (TimeoutException)
        {
            return new(false, $"command timed out: {Status.GoText.Quoted(string.Join(' ', exec.Command ?? []))} timed out after {Status.GoText.Of(timeout)}");
        }
        catch (EngineException e)
        {
            return new(false, $"rpc error: code = {(e.Fault == EngineFault.NotFound ? "NotFound" : "Unknown")} desc = {e.Message}", Errored: true);
        }
    }

    public async Task<ProbeAnswer> Get(HTTPGetAction get, Container container, string podIP, CancellationToken cancel, string agent = Agent)
    {
        if (pretendedNetwork) return new(true, "");
        var (url, fault) = Url(get, container, podIP);
        return url is null ? new(false, fault, Errored: true) : await HttpProbe.Get(url, get.HttpHeaders ?? [], agent, cancel);
    }

    private static async Task<ProbeAnswer> Dial(Func<Task<IDisposable>> open)
    {
        try
        {
            (await open()).Dispose();
            return new(true, "");
        }
        catch (IOException e)
        {
            return new(false, e.Message);
        }
    }

    private static TimeSpan Patience(Probe probe) => TimeSpan.FromSeconds(Math.Max(1, probe.TimeoutSeconds ?? 1));

    private static string Host(TCPSocketAction tcp, string podIP) => tcp.Host is { Length: > 0 } host ? host : podIP;

    private static (Uri? Url, string Fault) Url(HTTPGetAction get, Container container, string podIP)
    {
        try
        {
            return (HttpProbe.Url(get, Port(get.Port, container), podIP), "");
        }
        catch (UriFormatException e)
        {
            return (null, e.Message);
        }
    }

    private static ProbeAnswer TooLate(Probe probe, Container container, string podIP) => new(false,
        probe.HttpGet is { } get ? $"Get \"{HttpProbe.Text(HttpProbe.Url(get, Port(get.Port, container), podIP))}\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
        : probe.TcpSocket is { } tcp ? $"dial tcp {Host(tcp, podIP)}:{Port(tcp.Port, container)}: i/o timeout"
        : $"timeout: failed to connect service \"{podIP}:{probe.Grpc?.Port}\" within {Patience(probe).TotalSeconds:0}s: context deadline exceeded");

    public static int Port(IntOrString? port, Container container) =>
        port?.Number ?? container.Ports?.FirstOrDefault(p => p.Name == port?.Text)?.Port ?? (int.TryParse(port?.Text, out var number) ? number : 0);
}
