using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using System.Text;

namespace MiniKube.Server.Streams;

/// <summary>A node on another machine, asked over HTTP at its own port, to which the tunnel leads.</summary>
internal sealed class RemoteNode(string name, NodeTunnel tunnel, NodeClients clients) : INodeDoor
{
    /// <summary>The header in which a node's own port says, instead of taking up an upgrade, why it doesn't; percent-encoded.</summary>
    public const string Refusal = "Minik-Refusal";

    /// <summary>Whoever sends this wants to be refused before the upgrade, not in it.</summary>
    public const string RefuseFirst = "Minik-Refuse-First";

    private HttpMessageInvoker Client => clients.Of(name) ?? throw new IOException($"node \"{name}\" is not connected");

    public Task<Stream> Dial(CancellationToken cancel) => tunnel.Dial(cancel);

    public async Task<(IAsyncEnumerable<ReadOnlyMemory<byte>>? Lines, string? Refusal)> Logs(string ns, string pod, LogQuery query, CancellationToken cancel)
    {
        var (answer, refusal) = await Get($"/containerLogs/{ns}/{pod}/{query.Container}", Of(query), cancel);
        return (answer is null ? null : Lines(answer, cancel), refusal);
    }

    public async IAsyncEnumerable<FoundLine> Search(LogSearchQuery query, [EnumeratorCancellation] CancellationToken cancel)
    {
        // A node that can't be asked keeps nobody from what others know.
        var (answer, _) = await Get(LogSearch.Path, LogSearch.Of(query), cancel);
        if (answer is null) yield break;
        await foreach (var line in Lines(answer, cancel))
            if (LogSearch.Read(line) is { } found) yield return found;
    }

    public async Task<(IProcessDoor? Process, string? Refusal)> Open(string ns, string pod, ProcessQuery query, CancellationToken cancel)
    {
        List<(string, string?)> asked = [.. (query.Command ?? []).Select(word => ("command", (string?)word)), ("input", Flag(query.Stdin)), ("output", Flag(query.Stdout)), ("error", Flag(query.Stderr)), ("tty", Flag(query.Tty))];
        var (socket, refusal) = await Upgrade($"/{(query.Command is null ? "attach" : "exec")}/{ns}/{pod}/{query.Container}{Text(asked)}", "v5.channel.k8s.io", cancel);
        return (socket is null ? null : new RemoteProcess(socket), refusal);
    }

    public async Task<(Stream? Connection, string? Refusal)> Connect(string ns, string pod, int port, CancellationToken cancel)
    {
        var (socket, refusal) = await Upgrade(string.Create(CultureInfo.InvariantCulture, $"/minik/connect/{ns}/{pod}/{port}"), null, cancel);
        return (socket is null ? null : new WebSocketTunnel(socket), refusal);
    }

    public async Task<string?> Clear(string directory, CancellationToken cancel)
    {
        var (answer, refusal) = await Ask(HttpMethod.Delete, "/minik/volumes", [("directory", directory)], cancel);
        answer?.Dispose();
        return refusal;
    }

    private Task<(HttpResponseMessage? Answer, string? Refusal)> Get(string path, IEnumerable<(string, string?)> query, CancellationToken cancel) => Ask(HttpMethod.Get, path, query, cancel);

    private async Task<(HttpResponseMessage? Answer, string? Refusal)> Ask(HttpMethod method, string path, IEnumerable<(string, string?)> query, CancellationToken cancel)
    {
        try
        {
            using var asked = new HttpRequestMessage(method, $"http://target{path}{Text(query)}");
            var answer = await Client.SendAsync(asked, cancel);
            if (answer.IsSuccessStatusCode) return (answer, null);
            using (answer) return (null, (await answer.Content.ReadAsStringAsync(cancel)).TrimEnd('\n'));
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return (null, Forwarding.Unreachable((e.InnerException ?? e).Message).Message);
        }
    }

    private async Task<(ClientWebSocket? Socket, string? Refusal)> Upgrade(string path, string? protocol, CancellationToken cancel)
    {
        var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        socket.Options.SetRequestHeader(RefuseFirst, "true");
        if (protocol is not null) socket.Options.AddSubProtocol(protocol);
        try
        {
            await socket.ConnectAsync(new Uri($"ws://target{path}"), Client, cancel);
            return (socket, null);
        }
        catch (Exception e) when (e is WebSocketException or HttpRequestException or IOException)
        {
            var said = socket.HttpResponseHeaders?.TryGetValue(Refusal, out var values) == true ? values.FirstOrDefault() : null;
            socket.Dispose();
            return (null, said is not null ? Uri.UnescapeDataString(said) : Forwarding.Unreachable((e.InnerException ?? e).Message).Message);
        }
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> Lines(HttpResponseMessage answer, [EnumeratorCancellation] CancellationToken cancel)
    {
        using var _ = answer;
        var reader = PipeReader.Create(await answer.Content.ReadAsStreamAsync(cancel));
        while (true)
        {
            ReadResult read;
            try
            {
                read = await reader.ReadAsync(cancel);
            }
            catch (Exception e) when (e is IOException or HttpRequestException)
            {
                // The node is gone: so is what else it had to say.
                yield break;
            }
            var rest = read.Buffer;
            while (rest.PositionOf((byte)'\n') is { } end)
            {
                var line = rest.Slice(0, rest.GetPosition(1, end));
                rest = rest.Slice(line.End);
                yield return line.IsSingleSegment ? line.First : line.ToArray();
            }
            if (read.IsCompleted && rest.Length > 0) yield return rest.ToArray();
            reader.AdvanceTo(read.IsCompleted ? rest.End : rest.Start, rest.End);
            if (read.IsCompleted) yield break;
        }
    }

    private static IEnumerable<(string, string?)> Of(LogQuery query) =>
    [
        ("follow", Flag(query.Follow)), ("previous", Flag(query.Previous)), ("timestamps", Flag(query.Timestamps)), ("tailLines", Number(query.TailLines)),
        ("limitBytes", Number(query.LimitBytes)), ("sinceTime", query.Since?.ToString("O", CultureInfo.InvariantCulture)), ("stream", query.Stream),
    ];

    private static string? Flag(bool on) => on ? "true" : null;

    private static string? Number(long? number) => number?.ToString(CultureInfo.InvariantCulture);

    private static string Text(IEnumerable<(string Name, string? Value)> query)
    {
        var text = new StringBuilder();
        foreach (var (key, value) in query)
            if (value is not null) text.Append(text.Length == 0 ? '?' : '&').Append(key).Append('=').Append(Uri.EscapeDataString(value));
        return text.ToString();
    }
}
