using System.Net;
using System.Net.Sockets;

namespace MiniKube.TestKit;

/// <summary>
/// Ports for servers that are started, stopped and started again. They lie below those that the kernel gives to connections, which
/// could take one in between, and below those of services.
/// </summary>
public static class FreePort
{
    public static int Next()
    {
        while (true)
        {
            var port = Random.Shared.Next(10_000, 30_000);
            try
            {
                using var probe = new TcpListener(IPAddress.Any, port);
                probe.Start();
                return port;
            }
            catch (SocketException)
            {
                // Somebody has it: the next one.
            }
        }
    }
}
