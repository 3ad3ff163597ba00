using System.Buffers.Binary;
using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using MiniKube.Engines.Containerd;

namespace MiniKube.Engines.Tests;

/// <summary>A CRI that keeps what it was asked and says what it was told to say: newer than the one that can be installed here.</summary>
internal sealed class FakeCri : IAsyncDisposable
{
    private const int HeadBytes = 5;
    private const string Unknown = "2";
    private const string Unimplemented = "12";

    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("minik-cri-");
    private readonly ConcurrentDictionary<string, ProtoMessage> asked = new();
    private readonly WebApplication web;

    public FakeCri()
    {
        Socket = Path.Combine(directory.FullName, "cri.sock");
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenUnixSocket(Socket, listen => listen.Protocols = HttpProtocols.Http2));
        web = builder.Build();
        web.Run(Answer);
    }

    public string Socket { get; }

    /// <summary>By the names of calls; what isn't there is not implemented.</summary>
    public Dictionary<string, Proto> Answers { get; } = new()
    {
        ["ImageStatus"] = new() { { 1, new Proto { { 1, "sha256:1" } } } },
        ["RunPodSandbox"] = new() { { 1, "box" } },
        ["PodSandboxStatus"] = [],
        ["CreateContainer"] = new() { { 1, "made" } },
    };

    /// <summary>What calls are refused with before they are answered, in order.</summary>
    public ConcurrentQueue<(string Call, string Message)> Refusals { get; } = new();

    /// <summary>What a call was last made with.</summary>
    public ProtoMessage Asked(string call) => asked[call];

    public async Task<ContainerdEngine> Start()
    {
        await web.StartAsync();
        return new(new(Socket, "node", Path.Combine(directory.FullName, "logs")));
    }

    public async ValueTask DisposeAsync()
    {
        await web.DisposeAsync();
        directory.Delete(recursive: true);
    }

    private async Task Answer(HttpContext http)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body, http.RequestAborted);
        var call = http.Request.Path.Value!.Split('/')[^1];
        asked[call] = new(body.ToArray().AsMemory(HeadBytes));
        http.Response.ContentType = "application/grpc";
        var refused = Refusals.TryPeek(out var next) && next.Call == call && Refusals.TryDequeue(out next);
        var answer = refused ? null : Answers.GetValueOrDefault(call);
        if (answer is not null)
        {
            var frame = new byte[HeadBytes + answer.Bytes.Length];
            BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(1), (uint)answer.Bytes.Length);
            answer.Bytes.CopyTo(frame.AsMemory(HeadBytes));
            await http.Response.Body.WriteAsync(frame, http.RequestAborted);
        }
        http.Response.AppendTrailer("grpc-status", refused ? Unknown : answer is null ? Unimplemented : "0");
        if (answer is null) http.Response.AppendTrailer("grpc-message", refused ? next.Message : $"unknown method {call}");
    }
}
