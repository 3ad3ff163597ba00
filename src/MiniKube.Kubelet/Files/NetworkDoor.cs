using System.Net;
using System.Net.Sockets;

namespace MiniKube.Kubelet.Files;

/// <summary>
/// Connections from inside a pod's network. A socket belongs for ever to the namespace of the thread that made it, so one
/// short-lived thread enters, makes the socket and ends; the rest happens outside.
/// </summary>
internal static class NetworkDoor
{
    /// <summary>By either address of the loopback, the older one first.</summary>
    public static async Task<Stream> Dial(int pid, int port, CancellationToken cancel)
    {
        try
        {
            return await Dial(pid, new IPEndPoint(IPAddress.Loopback, port), cancel);
        }
        catch (SocketException four)
        {
            try
            {
                return await Dial(pid, new IPEndPoint(IPAddress.IPv6Loopback, port), cancel);
            }
            catch (Exception six) when (six is SocketException or IOException)
            {
                throw new IOException($"IPv4: dial tcp4 127.0.0.1:{port}: connect: {four.Message.ToLowerInvariant()} IPv6 dial tcp6 [::1]:{port}: connect: {six.Message.ToLowerInvariant()}", four);
            }
        }
    }

    private static async Task<Stream> Dial(int pid, IPEndPoint to, CancellationToken cancel)
    {
        var socket = await Make(pid, to.AddressFamily);
        try
        {
            await socket.ConnectAsync(to, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static Task<Socket> Make(int pid, AddressFamily family)
    {
        var made = new TaskCompletionSource<Socket>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            try
            {
                using var ns = File.OpenHandle($"/proc/{pid}/ns/net");
                Kernel.JoinNetwork(ns);
                made.SetResult(new Socket(family, SocketType.Stream, ProtocolType.Tcp));
            }
            catch (Exception e)
            {
                made.SetException(e is IOException ? e : new IOException(e.Message, e));
            }
        })
        { IsBackground = true, Name = "network door" }.Start();
        return made.Task;
    }
}
