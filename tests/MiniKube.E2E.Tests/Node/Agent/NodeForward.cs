using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using MiniKube.Machinery.Spdy;

namespace MiniKube.E2E.Tests.Node.Agent;

/// <summary>Port-forward over a node's own port, as a client speaks it.</summary>
internal sealed class NodeForward(SslStream transport) : IAsyncDisposable
{
    private readonly SpdyConnection connection = new(transport);
    private readonly CancellationTokenSource life = new(TimeSpan.FromMinutes(2));
    private Task running = Task.CompletedTask;
    private int asked;

    public static async Task<NodeForward> Open(int port, string pod, string token)
    {
        var tcp = new TcpClient();
        await tcp.ConnectAsync("127.0.0.1", port);
        var tls = new SslStream(tcp.GetStream(), leaveInnerStreamOpen: false, static (_, certificate, _, _) => certificate is not null);
        await tls.AuthenticateAsClientAsync("localhost");
        await tls.WriteAsync(Encoding.ASCII.GetBytes($"POST /portForward/{pod} HTTP/1.1\r\nHost: node\r\nAuthorization: Bearer {token}\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: portforward.k8s.io\r\nContent-Length: 0\r\n\r\n"));
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await tls.ReadAsync(one) > 0) head.Append((char)one[0]);
        Assert.That(head.ToString(), Does.StartWith("HTTP/1.1 101"));
        var forward = new NodeForward(tls);
        forward.running = forward.connection.Run(forward.life.Token);
        return forward;
    }

    /// <summary>What the port answers, or why there is no answer.</summary>
    public async Task<string> Ask(int port, string question)
    {
        async Task<SpdyStream> Stream(string type) =>
            await connection.Open([new("streamtype", type), new("port", port.ToString(CultureInfo.InvariantCulture)), new("requestid", asked.ToString(CultureInfo.InvariantCulture))], life.Token);
        asked++;
        var error = await Stream("error");
        await error.Close(life.Token);
        var data = await Stream("data");
        await data.Write(Encoding.ASCII.GetBytes(question), life.Token);
        var answers = await Task.WhenAll(All(data), All(error));
        return string.Concat(answers);
    }

    public async ValueTask DisposeAsync()
    {
        await life.CancelAsync();
        await connection.DisposeAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await transport.DisposeAsync();
        life.Dispose();
    }

    private async Task<string> All(SpdyStream stream)
    {
        var text = new StringBuilder();
        await foreach (var piece in stream.Read(life.Token)) text.Append(Encoding.UTF8.GetString(piece.Span));
        return text.ToString();
    }
}
