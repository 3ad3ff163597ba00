using System.Globalization;
using System.Text;
using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>A process in a container, with its streams here.</summary>
internal static class RemoteCommand
{
    /// <summary>Runs or joins one, until it ends; its exit code.</summary>
    public static async Task<int> Run(Call call, string path, Stream? input, Stream output, Stream error, bool terminal)
    {
        using var raw = terminal && call.Around.InputIsTerminal ? RawTerminal.Enter() : null;
        using var channels = new ChannelStream(await call.Api.Socket(path, "v5.channel.k8s.io", "v4.channel.k8s.io"));
        using var life = CancellationTokenSource.CreateLinkedTokenSource(call.Stop);
        using var resizing = raw?.OnResize((width, height) => _ = Resize(channels, width, height, life.Token));
        if (RawTerminal.SizeNow() is var (w, h) && raw is not null) await Resize(channels, w, h, life.Token);
        if (input is not null) _ = Forward(channels, input, life.Token);
        var ended = new MemoryStream();
        await foreach (var (channel, data) in channels.Read(life.Token))
        {
            if (channel == ChannelStream.End) ended.Write(data.Span);
            if (channel is not (ChannelStream.Output or ChannelStream.ErrorOutput)) continue;
            var target = channel == ChannelStream.Output ? output : error;
            await target.WriteAsync(data, life.Token);
            await target.FlushAsync(life.Token);
        }
        await life.CancelAsync();
        return CodeOf(ended.ToArray());
    }

    public static int CodeOf(byte[] ended)
    {
        if (ended.Length == 0) return 0;
        JsonMap status;
        try
        {
            status = JsonReader.ReadMap(ended);
        }
        catch (System.Text.Json.JsonException)
        {
            throw new Failure(Encoding.UTF8.GetString(ended));
        }
        if (status.Text("status") == "Success") return 0;
        var code = status.Map("details")?.Maps("causes").FirstOrDefault(c => c.Text("reason") == "ExitCode")?.Text("message");
        return status.Text("reason") == "NonZeroExitCode" && int.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number : throw new Failure($"Internal error occurred: {status.Text("message")}");
    }

    private static async Task Forward(ChannelStream channels, Stream input, CancellationToken cancel)
    {
        try
        {
            var buffer = new byte[16 * 1024];
            while (await input.ReadAsync(buffer, cancel) is > 0 and var read) await channels.Send(ChannelStream.Input, buffer.AsMemory(0, read), cancel);
            await channels.Finish(ChannelStream.Input, cancel);
        }
        catch (Exception e) when (e is OperationCanceledException or System.Net.WebSockets.WebSocketException or ObjectDisposedException or InvalidOperationException or IOException)
        {
            // The process has ended before what it could have read.
        }
    }

    private static async Task Resize(ChannelStream channels, int width, int height, CancellationToken cancel)
    {
        try
        {
            await channels.Send(ChannelStream.Size, JsonWriter.ToUtf8(new JsonMap { { "Width", width }, { "Height", height } }), cancel);
        }
        catch (Exception e) when (e is OperationCanceledException or System.Net.WebSockets.WebSocketException or ObjectDisposedException or InvalidOperationException)
        {
            // It is over.
        }
    }
}
