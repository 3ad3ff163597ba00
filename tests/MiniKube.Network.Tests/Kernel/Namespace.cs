using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace MiniKube.Network.Tests.Kernel;

/// <summary>A network namespace of the tests' own, and sockets that live in it.</summary>
internal sealed partial class Namespace : IAsyncDisposable
{
    private const int NetworkNamespace = 0x40000000;

    private readonly string name;

    private Namespace(string name) => this.name = name;

    public string File => $"/run/netns/{name}";

    public static async Task<Namespace> Make()
    {
        var made = new Namespace($"mkt-{Guid.NewGuid():N}"[..14]);
        await Tool.Must("ip", ["netns", "add", made.name]);
        await made.Ip("link set lo up\n");
        return made;
    }

    /// <summary>Makes everything that follows in this flow of control work in the namespace.</summary>
    public void Enter() => Tool.Place = File;

    public Task<string> Ip(string script) => Tool.Must("nsenter", [$"--net={File}", "ip", "-batch", "-"], script);

    public async Task<string> Run(params string[] words) => (await Tool.Run("nsenter", [$"--net={File}", .. words])).Output;

    /// <summary>A socket belongs for ever to the namespace of the thread that made it.</summary>
    public Socket Socket(SocketType type, ProtocolType protocol)
    {
        Socket? made = null;
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                using var file = System.IO.File.OpenHandle(File);
                if (SetNamespace(file.DangerousGetHandle().ToInt32(), NetworkNamespace) != 0) throw new IOException($"setns: {Marshal.GetLastPInvokeErrorMessage()}");
                made = new Socket(AddressFamily.InterNetwork, type, protocol);
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        return made ?? throw new IOException($"no socket in {name}", failure);
    }

    /// <summary>Says its name to everybody who connects or sends, and from where they seem to come.</summary>
    public Echo Serve(string says, string address, int port) => new(this, says, new(IPAddress.Parse(address), port));

    /// <summary>What a new connection hears; null when it is refused or left without an answer.</summary>
    public async Task<string?> Ask(string address, int port, string? from = null, double seconds = 60)
    {
        using var socket = Socket(SocketType.Stream, ProtocolType.Tcp);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        try
        {
            if (from is not null) socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
            await socket.ConnectAsync(IPAddress.Parse(address), port, patience.Token);
            var buffer = new byte[200];
            var read = await socket.ReceiveAsync(buffer, patience.Token);
            return System.Text.Encoding.ASCII.GetString(buffer, 0, read);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return "refused";
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException { SocketErrorCode: SocketError.NetworkUnreachable })
        {
            return null;
        }
    }

    /// <summary>Whether a new connection is neither served nor refused.</summary>
    public async Task<bool> HearsNothing(string address, int port) => await Ask(address, port, seconds: 1) is null;

    /// <summary>What a datagram is answered with.</summary>
    public static async Task<string?> Ask(Socket socket, string address, int port, double seconds = 60)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        try
        {
            await socket.SendToAsync("?"u8.ToArray(), new IPEndPoint(IPAddress.Parse(address), port), patience.Token);
            var buffer = new byte[200];
            var received = await socket.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), patience.Token);
            return System.Text.Encoding.ASCII.GetString(buffer, 0, received.ReceivedBytes);
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync() => await Tool.Must("ip", ["netns", "del", name]);

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int SetNamespace(int file, int kind);
}

/// <summary>A server by TCP and UDP.</summary>
internal sealed class Echo : IDisposable
{
    private readonly Socket stream;
    private readonly Socket datagrams;

    public Echo(Namespace place, string says, IPEndPoint at)
    {
        stream = place.Socket(SocketType.Stream, ProtocolType.Tcp);
        datagrams = place.Socket(SocketType.Dgram, ProtocolType.Udp);
        stream.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        stream.Bind(at);
        stream.Listen(100);
        datagrams.Bind(at);
        _ = Connections(says);
        _ = Datagrams(says);
    }

    public void Dispose()
    {
        stream.Dispose();
        datagrams.Dispose();
    }

    private async Task Connections(string says)
    {
        try
        {
            while (true)
            {
                using var client = await stream.AcceptAsync();
                await client.SendAsync(System.Text.Encoding.ASCII.GetBytes($"{says} {((IPEndPoint)client.RemoteEndPoint!).Address}"));
                client.Shutdown(SocketShutdown.Both);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private async Task Datagrams(string says)
    {
        var buffer = new byte[100];
        try
        {
            while (true)
            {
                var received = await datagrams.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0));
                await datagrams.SendToAsync(System.Text.Encoding.ASCII.GetBytes($"{says} {((IPEndPoint)received.RemoteEndPoint).Address}"), received.RemoteEndPoint);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }
}
