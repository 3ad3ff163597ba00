using System.Net;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using MiniKube.Server.Streams;

namespace MiniKube.Server.Tests.Streams;

/// <summary>A process's streams over a real connection: nothing is lost, and nothing piles up.</summary>
[TestFixture("spdy")]
[TestFixture("websocket")]
[Parallelizable(ParallelScope.Self)]
public sealed class LongStreamTests(string protocol)
{
    private const int Much = 1 << 30;

    /// <summary>What pipes and the system's sockets may hold between the two ends.</summary>
    private const int Underway = 32 << 20;

    private readonly List<(WebApplication Web, Task Handled)> servers = [];

    [TearDown]
    public async Task Stop()
    {
        foreach (var (web, _) in servers) await web.DisposeAsync();
        servers.Clear();
    }

    [Test]
    [CancelAfter(240_000)]
    public async Task Output_arrives_whole_and_waits_for_who_reads_it(CancellationToken patience)
    {
        var process = new FakeProcess { Says = Much, Code = 7 };
        var (port, _) = await Serve(process, patience);
        await using var client = await StreamClient.Open(protocol, port, patience);
        // Nobody reads: what is said stands still.
        for (long before = -1, now = process.Produced; now == 0 || now != before; (before, now) = (now, process.Produced)) await Task.Delay(TimeSpan.FromMilliseconds(250), patience);
        Assert.That(process.Produced, Is.LessThan(Underway));

        using var sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long read = 0, ahead = 0, live = 0, looked = 0;
        var atStart = GC.GetTotalMemory(forceFullCollection: true);
        var status = await client.Read(data =>
        {
            sum.AppendData(data.Span);
            read += data.Length;
            ahead = Math.Max(ahead, process.Produced - read);
            if (read - looked < Much / 8) return;
            looked = read;
            live = Math.Max(live, GC.GetTotalMemory(forceFullCollection: true) - atStart);
        }, patience);
        Assert.That(read, Is.EqualTo(Much));
        Assert.That(Convert.ToHexString(sum.GetHashAndReset()), Is.EqualTo(process.Said));
        Assert.That(status, Does.Contain("exit status 7"));
        Assert.That(ahead, Is.LessThan(Underway));
        Assert.That(live, Is.LessThan(Underway), "live bytes more than at the start");
    }

    [Test]
    [CancelAfter(240_000)]
    public async Task Input_arrives_whole_and_its_end_after_it(CancellationToken patience)
    {
        var process = new FakeProcess { EndsWithInput = true };
        var (port, _) = await Serve(process, patience);
        await using var client = await StreamClient.Open(protocol, port, patience);
        using var sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var noise = RandomNumberGenerator.GetBytes(1 << 20);
        long sent = 0, ahead = 0, live = 0;
        var atStart = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; sent < Much; i++)
        {
            // Of all sizes, so that frames and pieces end anywhere.
            var piece = noise.AsMemory(i * 101 % 1000, 1 + i * 7919 % (noise.Length - 1000));
            await client.Send(piece, patience);
            sum.AppendData(piece.Span);
            sent += piece.Length;
            ahead = Math.Max(ahead, sent - process.Taken);
            if (i % 128 == 0) live = Math.Max(live, GC.GetTotalMemory(forceFullCollection: true) - atStart);
        }
        await client.CloseInput(patience);
        Assert.That(await client.Read(_ => { }, patience), Does.Contain("Success"));
        Assert.That(process.Taken, Is.EqualTo(sent));
        Assert.That(process.Heard, Is.EqualTo(Convert.ToHexString(sum.GetHashAndReset())));
        Assert.That(ahead, Is.LessThan(Underway));
        Assert.That(live, Is.LessThan(Underway), "live bytes more than at the start");
    }

    /// <summary>The process is gone, has left input unread, and the client comes back from something else.</summary>
    [Test]
    [CancelAfter(240_000)]
    public async Task What_a_slow_reader_has_not_seen_yet_is_kept_for_him(CancellationToken patience)
    {
        var process = new FakeProcess { Says = 3 << 20, TakesInput = false, Code = 5 };
        var (port, handled) = await Serve(process, patience);
        await using var client = await StreamClient.Open(protocol, port, patience);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(patience);
        var flood = Flood(client, enough.Token);
        await Task.WhenAny(handled, Task.Delay(TimeSpan.FromSeconds(5), patience));

        long read = 0;
        Assert.That(await client.Read(data => read += data.Length, patience), Does.Contain("exit status 5"));
        Assert.That(read, Is.EqualTo(3 << 20));
        await enough.CancelAsync();
        await flood;
        await client.DisposeAsync();
        await handled.WaitAsync(patience);
        await process.Disposed.Task.WaitAsync(patience);
    }

    private static async Task Flood(StreamClient client, CancellationToken enough)
    {
        var much = new byte[100_000];
        try
        {
            while (true) await client.Send(much, enough);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or System.Net.WebSockets.WebSocketException or ObjectDisposedException)
        {
            // The other side closed, or it is enough.
        }
    }

    private async Task<(int Port, Task Handled)> Serve(FakeProcess process, CancellationToken patience)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var (web, handled) = (builder.Build(), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        web.UseWebSockets();
        web.Run(async http =>
        {
            await NodeStreams.Process(http, new("c", ["x"], true, true, false, false), process, "ns", "pod");
            handled.TrySetResult();
        });
        await web.StartAsync(patience);
        servers.Add((web, handled.Task));
        var address = web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return (new Uri(address).Port, handled.Task);
    }
}
