using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace MiniKube.Kubelet.Probes;

/// <summary>The gRPC health protocol, small enough to be written by hand: one text field there, one number back.</summary>
internal static class GrpcHealth
{
    private const int Serving = 1;

    /// <summary>Null where nobody listens.</summary>
    public static async Task<ProbeAnswer?> Ask(string host, int port, string service, CancellationToken cancel)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://{host}:{port}/grpc.health.v1.Health/Check")
        {
            Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = new ByteArrayContent(Message(service)),
        };
        request.Content.Headers.ContentType = new("application/grpc");
        request.Headers.TE.Add(new("trailers"));
        try
        {
            using var response = await http.SendAsync(request, cancel);
            var body = await response.Content.ReadAsByteArrayAsync(cancel);
            var status = response.TrailingHeaders.TryGetValues("grpc-status", out var trailing) || response.Headers.TryGetValues("grpc-status", out trailing) ? trailing.First() : "0";
            if (status == "12") return new(false, "error: this server does not implement the grpc health protocol (grpc.health.v1.Health)");
            if (status != "0") return new(false, $"error: health rpc probe failed: code {status}");
            var answer = body.Length >= 7 && body[5] == 0x08 ? body[6] : 0;
            return answer == Serving ? new(true, "service healthy") : new(false, "service unhealthy (responded with \"NOT_SERVING\")");
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    private static byte[] Message(string service)
    {
        var name = Encoding.UTF8.GetBytes(service);
        byte[] field = name.Length == 0 ? [] : [0x0A, (byte)name.Length, .. name];
        var framed = new byte[5 + field.Length];
        BinaryPrimitives.WriteUInt32BigEndian(framed.AsSpan(1), (uint)field.Length);
        field.CopyTo(framed, 5);
        return framed;
    }
}
