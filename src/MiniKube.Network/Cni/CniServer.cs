using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using MiniKube.Machinery;
using MiniKube.Network.Bridge;

namespace MiniKube.Network.Cni;

/// <summary>What the plugin asks of the node.</summary>
public interface ICniNetwork
{
    Ipv4Range Range { get; }

    IPAddress Gateway { get; }

    IPAddress? AddressOf(string sandbox);

    Task<IPAddress> Attach(string sandbox, string ns, IReadOnlyList<PortMapping> ports, CancellationToken cancel);

    Task Detach(string sandbox, CancellationToken cancel);
}

/// <summary>
/// Answers the plugin's processes on a Unix socket: one line in, one line out. A program that only passes on what it was called with
/// begins with a zero, and has the whole call answered. The network is null as long as there is none.
/// </summary>
public sealed class CniServer(string path, Func<ICniNetwork?> network, Action<string> complain)
{
    public async Task Run(CancellationToken cancel)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.Delete(path);
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        listener.Listen();
        try
        {
            while (!cancel.IsCancellationRequested) _ = Serve(await listener.AcceptAsync(cancel), cancel);
        }
        catch (OperationCanceledException)
        {
            // Told to stop.
        }
        finally
        {
            File.Delete(path);
        }
    }

    private async Task Serve(Socket socket, CancellationToken cancel)
    {
        try
        {
            await using var stream = new NetworkStream(socket, ownsSocket: true);
            var first = new byte[1];
            if (await stream.ReadAsync(first, cancel) == 0) return;
            if (first[0] == 0)
            {
                await Whole(stream, cancel);
                return;
            }
            using var reader = new StreamReader(stream, Encoding.UTF8, leaveOpen: true);
            var line = Encoding.UTF8.GetString(first) + await reader.ReadLineAsync(cancel);
            var answer = await Answer(JsonReader.ParseMap(line), cancel);
            await stream.WriteAsync(Encoding.UTF8.GetBytes(answer + "\n"), cancel);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or JsonException)
        {
            if (!cancel.IsCancellationRequested) complain($"network plugin: {e.Message}");
        }
    }

    /// <summary>Environment, each ended by a zero, one zero more, and the input; answered by the exit code and the output.</summary>
    private static async Task Whole(NetworkStream stream, CancellationToken cancel)
    {
        using var read = new MemoryStream();
        await stream.CopyToAsync(read, cancel);
        var bytes = read.ToArray().AsMemory();
        var environment = new Dictionary<string, string>();
        while (bytes.Span.IndexOf((byte)0) is > 0 and var end)
        {
            var parts = Encoding.UTF8.GetString(bytes[..end].Span).Split('=', 2);
            if (parts.Length == 2) environment[parts[0]] = parts[1];
            bytes = bytes[(end + 1)..];
        }
        using var input = new MemoryStream(bytes.IsEmpty ? [] : bytes[1..].ToArray());
        var output = new StringWriter();
        var code = await CniPlugin.Run(environment.GetValueOrDefault, input, output, cancel);
        await stream.WriteAsync((byte[])[(byte)code, .. Encoding.UTF8.GetBytes(output.ToString())], cancel);
    }

    private async Task<JsonMap> Answer(JsonMap call, CancellationToken cancel)
    {
        var sandbox = call.Text("container") ?? "";
        if (network() is not { } here)
            return call.Text("command") == "DEL" ? [] : Refusal(CniException.TryAgain, "the pod network is not ready");
        try
        {
            switch (call.Text("command"))
            {
                case "ADD":
                    var ports = (call.List("ports") ?? []).Maps().Select(p => new PortMapping((int)(p.Whole("port") ?? 0), (int)(p.Whole("targetPort") ?? 0), p.Text("protocol") ?? "TCP", p.Text("hostIP"))).Where(p => p.Port > 0).ToArray();
                    var address = await here.Attach(sandbox, call.Text("namespace") ?? "", ports, cancel);
                    return new() { { "address", $"{address}/{here.Range.Prefix}" }, { "gateway", here.Gateway.ToString() } };
                case "DEL":
                    await here.Detach(sandbox, cancel);
                    return [];
                case "CHECK":
                    return here.AddressOf(sandbox) is null ? Refusal(CniException.Other, $"sandbox {sandbox} has no address") : [];
                default:
                    return Refusal(CniException.Environment, "that is no command");
            }
        }
        catch (IOException e)
        {
            return Refusal(CniException.Other, e.Message);
        }
    }

    private static JsonMap Refusal(int code, string message) => new() { { "error", message }, { "code", code } };
}
