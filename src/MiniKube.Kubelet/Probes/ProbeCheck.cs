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
    private const int MostOutput = 10 * 1024;

    public async Task<ProbeAnswer> Ask(Probe probe, Container container, ContainerInfo running, string podIP, CancellationToken cancel)
    {
        var timeout = TimeSpan.FromSeconds(Math.Max(1, probe.TimeoutSeconds ?? 1));
        if (probe.Exec is { } exec) return await Run(exec, running, timeout, cancel);
        if (pretendedNetwork) return new(true, "");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(timeout);
        try
        {
            if (probe.HttpGet is { } get) return await Get(get, container, podIP, limit.Token);
            if (probe.TcpSocket is { } tcp) return await Dial(tcp.Host is { Length: > 0 } host ? host : podIP, Port(tcp.Port, container), limit.Token);
            if (probe.Grpc is { } grpc) return await GrpcHealth.Ask(podIP, grpc.Port ?? 0, grpc.Service ?? "", limit.Token);
            return new(true, "");
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            var what = probe.HttpGet is { } get ? $"Get \"{HttpProbe.Text(HttpProbe.Url(get, Port(get.Port, container), podIP))}\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
                : probe.TcpSocket is { } tcp ? $"dial tcp {podIP}:{Port(tcp.Port, container)}: i/o timeout"
                : $"timeout: failed to connect service \"{podIP}:{probe.Grpc?.Port}\" within {timeout.TotalSeconds:0}s: context deadline exceeded";
            return new(false, what);
        }
    }

    public async Task<ProbeAnswer> Run(ExecAction exec, ContainerInfo running, TimeSpan timeout, CancellationToken cancel)
    {
        try
        {
            var result = await engine.ExecSync(running.Id, exec.Command ?? [], timeout, cancel);
            return new(result.ExitCode == 0, result.Output.Length > MostOutput ? result.Output[..MostOutput] : result.Output);
        }
        catch (TimeoutException e)
        {
            return new(false, e.Message);
        }
        catch (EngineException e)
        {
            return new(false, $"rpc error: {e.Message}", Errored: true);
        }
    }

    public async Task<ProbeAnswer> Get(HTTPGetAction get, Container container, string podIP, CancellationToken cancel, string agent = "kube-probe/1.36")
    {
        if (pretendedNetwork) return new(true, "");
        Uri url;
        try
        {
            url = HttpProbe.Url(get, Port(get.Port, container), podIP);
        }
        catch (UriFormatException e)
        {
            return new(false, e.Message, Errored: true);
        }
        return await HttpProbe.Get(url, get.HttpHeaders ?? [], agent, cancel);
    }

    public static async Task<ProbeAnswer> Dial(string host, int port, CancellationToken cancel)
    {
        try
        {
            (await HttpProbe.Dialed(host, port, cancel)).Dispose();
            return new(true, "");
        }
        catch (IOException e)
        {
            return new(false, e.Message);
        }
    }

    public static int Port(IntOrString? port, Container container) =>
        port?.Number ?? container.Ports?.FirstOrDefault(p => p.Name == port?.Text)?.Port ?? (int.TryParse(port?.Text, out var number) ? number : 0);
}
