using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using MiniKube.Kubelet;

namespace MiniKube.Engines.Containerd;

/// <summary>gRPC over a Unix socket: HTTP/2, a length before each message, the outcome in the trailers.</summary>
internal sealed class GrpcClient : IDisposable
{
    private const int HeadBytes = 5;
    private const string Namespace = "k8s.io";

    private readonly EngineSocket way;
    private readonly HttpClient http;

    public GrpcClient(string socketPath)
    {
        way = new("containerd", socketPath);
        http = new(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancel) => new NetworkStream(await way.Connect(cancel), ownsSocket: true),
            EnableMultipleHttp2Connections = true, PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
        })
        {
            BaseAddress = new("http://containerd"),
            Timeout = Timeout.InfiniteTimeSpan,
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
    }

    public async Task<ProtoMessage> Call(string method, Proto request, CancellationToken cancel, string? lease = null)
    {
        ProtoMessage? answer = null;
        await foreach (var message in Stream(method, One(request), cancel, lease)) answer ??= message;
        return answer ?? ProtoMessage.Empty;
    }

    public IAsyncEnumerable<ProtoMessage> Stream(string method, Proto request, CancellationToken cancel) => Stream(method, One(request), cancel);

    /// <summary>Messages both ways at once. The answers' enumeration throws what the call failed with.</summary>
    public async IAsyncEnumerable<ProtoMessage> Stream(string method, IAsyncEnumerable<Proto> requests, [EnumeratorCancellation] CancellationToken cancel, string? lease = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, method) { Content = new Frames(requests), Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Headers.TE.Add(new("trailers"));
        request.Headers.Add("containerd-namespace", Namespace);
        if (lease is not null) request.Headers.Add("containerd-lease", lease);
        using var response = await Guard(http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel), cancel);
        if (response.StatusCode != HttpStatusCode.OK) throw new EngineException($"containerd answered {(int)response.StatusCode}");
        using var body = await response.Content.ReadAsStreamAsync(cancel);
        var head = new byte[HeadBytes];
        while (await Guard(body.ReadAtLeastAsync(head, HeadBytes, throwOnEndOfStream: false, cancel).AsTask(), cancel) == HeadBytes)
        {
            var message = new byte[BinaryPrimitives.ReadUInt32BigEndian(head.AsSpan(1))];
            await Guard(Exactly(body, message, cancel), cancel);
            yield return new(message);
        }
        // An answer of nothing but trailers has them as its headers.
        if (Trailer(response.TrailingHeaders, "grpc-status") is { } status) Judge(status, Trailer(response.TrailingHeaders, "grpc-message"));
        else Judge(Trailer(response.Headers, "grpc-status"), Trailer(response.Headers, "grpc-message"));
    }

    public void Dispose() => http.Dispose();

    private static async IAsyncEnumerable<Proto> One(Proto request)
    {
        await Task.CompletedTask;
        yield return request;
    }

    private static async Task<bool> Exactly(Stream body, Memory<byte> target, CancellationToken cancel)
    {
        await body.ReadExactlyAsync(target, cancel);
        return true;
    }

    private async Task<T> Guard<T>(Task<T> work, CancellationToken cancel)
    {
        try
        {
            return await work;
        }
        catch (Exception e) when (e is IOException || e is HttpRequestException && (e.InnerException is EngineException || !cancel.IsCancellationRequested))
        {
            throw way.Silent(e);
        }
    }

    private static string? Trailer(HttpHeaders headers, string name) => headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;

    private static void Judge(string? status, string? message)
    {
        const string ok = "0", notFound = "5", unavailable = "14";
        if (status is null or ok) return;
        throw new EngineException(message is null ? $"containerd answered with status {status}" : Uri.UnescapeDataString(message), status switch
        {
            notFound => EngineFault.NotFound,
            unavailable => EngineFault.Unreachable,
            _ => EngineFault.Other,
        });
    }

    /// <summary>Messages as the body of a request, each sent as soon as it is there.</summary>
    private sealed class Frames : HttpContent
    {
        private readonly IAsyncEnumerable<Proto> messages;

        public Frames(IAsyncEnumerable<Proto> messages)
        {
            this.messages = messages;
            Headers.ContentType = new("application/grpc");
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            await foreach (var message in messages.WithCancellation(cancellationToken))
            {
                var frame = new byte[HeadBytes + message.Bytes.Length];
                BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(1), (uint)message.Bytes.Length);
                message.Bytes.CopyTo(frame.AsMemory(HeadBytes));
                await stream.WriteAsync(frame, cancellationToken);
                await stream.FlushAsync(cancellationToken);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
