using System.Net;
using System.Net.Sockets;

namespace MiniKube.Kubelet.Files;

/// <summary>
/// Connections from inside a pod's network. A socket belongs for ever to the namespace of the thread that made it, so one
/// short-lived thread enters, makes the socket and ends; the rest happens outside.
/// </summary>
internal static class NetworkDoor
{
    public static async Task<Stream> Dial(int pid, int port, CancellationToken cancel)
    {
        var socket = await Make(pid);
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, port, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static Task<Socket> Make(int pid)
    {
        var made = new TaskCompletionSource<Socket>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            try
            {
                using var ns = File.OpenHandle($"/proc/{pid}/ns/net");
                Kernel.JoinNetwork(ns);
                made.SetResult(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
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
