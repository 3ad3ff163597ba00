using System.Net;

namespace MiniKube.Network.Ingress;

/// <summary>The client's body on its way to the endpoint, handed over piece by piece as it comes.</summary>
internal sealed class PassedBody(Stream body, long? length, CancellationToken cancel) : HttpContent
{
    /// <summary>Some of it may be on its way: no other endpoint can be asked any more.</summary>
    public bool Begun { get; private set; }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        Begun = true;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, cancellationToken);
        await stream.FlushAsync(either.Token);
        await Passing.Copy(body, stream, either.Token);
    }

    protected override bool TryComputeLength(out long known)
    {
        known = length ?? 0;
        return length is not null;
    }
}

internal static class Passing
{
    public static async Task Copy(Stream from, Stream to, CancellationToken cancel)
    {
        var buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(32 * 1024);
        try
        {
            while (await from.ReadAsync(buffer, cancel) is > 0 and var read)
            {
                await to.WriteAsync(buffer.AsMemory(0, read), cancel);
                await to.FlushAsync(cancel);
            }
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Both ways until one of them ends.</summary>
    public static async Task Both(Stream one, Stream other, CancellationToken cancel)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        Task[] ways = [Copy(one, other, end.Token), Copy(other, one, end.Token)];
        await Task.WhenAny(ways);
        await end.CancelAsync();
        await Task.WhenAll(ways).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
