using System.Net.Sockets;
using System.Text;
using MiniKube.Machinery;

namespace MiniKube.Network.Cni;

/// <summary>
/// This executable as an engine's network plugin. It passes the call on to the node's own process, which alone has the bridge, the
/// leases and the rules, and puts the answer in the specification's words.
/// </summary>
public static class CniPlugin
{
    public static bool IsCalled(IReadOnlyList<string> arguments, Func<string, string?> environment) => arguments.Count == 0 && environment("CNI_COMMAND") is { Length: > 0 };

    public static async Task<int> Run(Func<string, string?> environment, Stream input, TextWriter output, CancellationToken cancel = default)
    {
        var version = CniCall.Versions[^1];
        try
        {
            using var given = new MemoryStream();
            await input.CopyToAsync(given, cancel);
            var call = CniCall.Read(environment, given.ToArray());
            version = call.Version;
            if (await Answer(call, cancel) is { } answer) await output.WriteLineAsync(answer.ToString().AsMemory(), cancel);
            return 0;
        }
        catch (CniException e)
        {
            await output.WriteLineAsync(new JsonMap { { "cniVersion", version }, { "code", e.Code }, { "msg", e.Message } }.ToString().AsMemory(), cancel);
            return 1;
        }
    }

    private static async Task<JsonMap?> Answer(CniCall call, CancellationToken cancel)
    {
        if (call.Command == "VERSION") return new() { { "cniVersion", CniCall.Versions[^1] }, { "supportedVersions", JsonList.OfTexts(CniCall.Versions) } };
        JsonMap told;
        try
        {
            told = await Ask(call, cancel);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            // What a pod that goes had is taken back by the node when it comes again: nothing to wait for.
            return call.Command == "DEL" ? null : throw new CniException(CniException.TryAgain, $"minik doesn't answer on {call.Socket}: {e.Message}");
        }
        if (told.Text("error") is { } error) throw new CniException((int)(told.Whole("code") ?? CniException.Other), error);
        if (call.Command != "ADD") return null;
        var address = new JsonMap { { "address", told.Text("address") ?? "" }, { "gateway", told.Text("gateway") ?? "" }, { "interface", 0 } };
        if (call.Version != "1.0.0") address.Add("version", "4");
        return new()
        {
            { "cniVersion", call.Version }, { "interfaces", JsonList.Of(new JsonMap { { "name", call.Interface }, { "sandbox", call.Namespace } }) },
            { "ips", JsonList.Of(address) }, { "routes", JsonList.Of(new JsonMap { { "dst", "0.0.0.0/0" }, { "gw", told.Text("gateway") ?? "" } }) },
        };
    }

    private static async Task<JsonMap> Ask(CniCall call, CancellationToken cancel)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(call.Socket), cancel);
        await using var stream = new NetworkStream(socket);
        var question = new JsonMap
        {
            { "command", call.Command }, { "container", call.Container }, { "namespace", call.Namespace }, { "interface", call.Interface },
            {
                "ports", JsonList.Of([.. call.Ports.Select(p =>
                {
                    var port = new JsonMap { { "port", p.Port }, { "targetPort", p.TargetPort }, { "protocol", p.Protocol } };
                    if (p.HostIP is { } host) port.Add("hostIP", host);
                    return port;
                })])
            },
        };
        await stream.WriteAsync(Encoding.UTF8.GetBytes(question + "\n"), cancel);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return await reader.ReadLineAsync(cancel) is { } line ? JsonReader.ParseMap(line) : throw new IOException("it closed the connection");
    }
}
