using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Kubelet.Probes;

/// <summary>One answer of a probe; Errored when it could not even be asked.</summary>
internal sealed record ProbeAnswer(bool Success, string Output, bool Errored = false);

/// <summary>Asks once: runs the command, opens the connection or sends the request.</summary>
internal sealed class ProbeCheck(IContainerEngine engine) : IDisposable
{
    private const int MostOutput = 10 * 1024;

    // Every probe gets a connection of its own. Whether a certificate is trusted is not what a probe asks.
#pragma warning disable CA5359
    private readonly HttpClient http = new(new SocketsHttpHandler
    {
        PooledConnectionLifetime = TimeSpan.Zero, AllowAutoRedirect = false, UseProxy = false, UseCookies = false,
        SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true },
    })
    { Timeout = Timeout.InfiniteTimeSpan };
#pragma warning restore CA5359

    public async Task<ProbeAnswer> Ask(Probe probe, Container container, ContainerInfo running, string podIP, CancellationToken cancel)
    {
        var timeout = TimeSpan.FromSeconds(Math.Max(1, probe.TimeoutSeconds ?? 1));
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(timeout);
        try
        {
            if (probe.Exec is { } exec) return await Run(exec, running, timeout, cancel);
            if (probe.HttpGet is { } get) return await Get(get, container, podIP, limit.Token);
            if (probe.TcpSocket is { } tcp) return await Dial(tcp.Host is { Length: > 0 } host ? host : podIP, Port(tcp.Port, container), limit.Token);
            if (probe.Grpc is { } grpc) return await GrpcHealth.Ask(podIP, grpc.Port ?? 0, grpc.Service ?? "", limit.Token);
            return new(true, "");
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            var what = probe.HttpGet is { } get ? $"Get \"{Url(get, container, podIP)}\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
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
        var url = Url(get, container, podIP);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, url);
            request.Headers.ConnectionClose = true;
            foreach (var header in get.HttpHeaders ?? [])
            {
                if (header.Name!.Equals("Host", StringComparison.OrdinalIgnoreCase)) request.Headers.Host = header.Value;
                else request.Headers.TryAddWithoutValidation(header.Name, header.Value);
            }
            if (request.Headers.UserAgent.Count == 0) request.Headers.TryAddWithoutValidation("User-Agent", agent);
            if (request.Headers.Accept.Count == 0) request.Headers.Accept.Add(MediaTypeWithQualityHeaderValue.Parse("*/*"));
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
            var code = (int)response.StatusCode;
            if (code is >= 200 and < 400) return new(true, "");
            return new(false, $"HTTP probe failed with statuscode: {code}");
        }
        catch (HttpRequestException e) when (e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionRefused })
        {
            return new(false, $"Get \"{url}\": dial tcp {new Uri(url).Authority}: connect: connection refused");
        }
        catch (HttpRequestException e)
        {
            return new(false, $"Get \"{url}\": {e.InnerException?.Message ?? e.Message}");
        }
    }

    public static async Task<ProbeAnswer> Dial(string host, int port, CancellationToken cancel)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(host, port, cancel);
            return new(true, "");
        }
        catch (SocketException e)
        {
            var why = e.SocketErrorCode == SocketError.ConnectionRefused ? "connect: connection refused" : e.Message;
            return new(false, $"dial tcp {host}:{port}: {why}");
        }
    }

    public void Dispose() => http.Dispose();

    public static int Port(IntOrString? port, Container container) =>
        port?.Number ?? container.Ports?.FirstOrDefault(p => p.Name == port?.Text)?.Port ?? (int.TryParse(port?.Text, out var number) ? number : 0);

    private static string Url(HTTPGetAction get, Container container, string podIP)
    {
        var host = get.Host is { Length: > 0 } given ? given : podIP;
        if (IPAddress.TryParse(host, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6) host = $"[{host}]";
        var path = get.Path is { Length: > 0 } p ? p : "/";
        return $"{(get.Scheme == "HTTPS" ? "https" : "http")}://{host}:{Port(get.Port, container)}{(path.StartsWith('/') ? "" : "/")}{path}";
    }
}
