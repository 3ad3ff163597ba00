using System.Runtime.CompilerServices;
using MiniKube.Kubelet;

namespace MiniKube.Engines.Containerd;

/// <summary>Puts bytes into containerd's content store, where they go by their digest.</summary>
internal sealed class ContentStore(GrpcClient grpc, string lease)
{
    private const long WriteAction = 1;
    private const long CommitAction = 2;
    private const int ChunkBytes = 512 * 1024;

    private int written;

    /// <summary>Digest and size of what the stream held. Labels on content say what else it needs.</summary>
    public async Task<(string Digest, long Size)> Write(Stream content, IReadOnlyDictionary<string, string>? labels, CancellationToken cancel)
    {
        var (digest, size) = ("", 0L);
        try
        {
            await foreach (var answer in grpc.Stream("/containerd.services.content.v1.Content/Write", Requests(content, labels ?? new Dictionary<string, string>(), cancel), cancel, lease))
                (digest, size) = (answer.Text(6), answer.Whole(4));
        }
        catch (EngineException e) when (Known(e.Message) is { } there)
        {
            return (there, content.CanSeek ? content.Length : size);
        }
        return digest.Length > 0 ? (digest, size) : throw new EngineException("containerd took in content without saying its digest");
    }

    /// <summary>Says of content that is there already what it needs.</summary>
    public async Task Label(string digest, IReadOnlyDictionary<string, string> labels, CancellationToken cancel) =>
        await grpc.Call("/containerd.services.content.v1.Content/Update", new()
        {
            { 1, new Proto { { 1, digest }, { 5, labels } } }, { 2, new Proto { { 1, labels.Keys.Select(k => $"labels.{k}") } } },
        }, cancel, lease);

    private async IAsyncEnumerable<Proto> Requests(Stream content, IReadOnlyDictionary<string, string> labels, [EnumeratorCancellation] CancellationToken cancel)
    {
        var name = $"{lease}-{written++}";
        var buffer = new byte[ChunkBytes];
        var offset = 0L;
        while (await content.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancel) is > 0 and var read)
        {
            yield return new() { { 1, WriteAction }, { 2, name }, { 5, offset }, { 6, buffer.AsMemory(0, read) } };
            offset += read;
        }
        yield return new() { { 1, CommitAction }, { 2, name }, { 3, offset }, { 5, offset }, { 7, labels } };
    }

    /// <summary>The digest in "content sha256:…: already exists".</summary>
    private static string? Known(string message)
    {
        if (!message.Contains("already exists", StringComparison.Ordinal)) return null;
        var at = message.IndexOf("sha256:", StringComparison.Ordinal);
        return at < 0 ? null : message[at..(at + "sha256:".Length + 64)];
    }
}
