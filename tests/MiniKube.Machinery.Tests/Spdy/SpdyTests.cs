using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using MiniKube.Machinery.Spdy;

namespace MiniKube.Machinery.Tests;

[TestFixture]
public sealed class SpdyTests
{
    [Test]
    public void The_dictionary_is_the_protocols()
    {
        var dictionary = SpdyHeaders.MakeDictionary();
        var (a, b) = (1u, 0u);
        foreach (var value in dictionary)
        {
            a = (a + value) % 65521;
            b = (b + a) % 65521;
        }
        Assert.That(dictionary, Has.Length.EqualTo(1423));
        Assert.That(b << 16 | a, Is.EqualTo(0xE3C6A7C2));
    }

    [FsCheck.NUnit.Property]
    public bool Inflating_undoes_deflating_block_by_block(byte[][] blocks)
    {
        using var target = new MemoryStream();
        using var deflate = new DeflateStream(target, CompressionLevel.Optimal, leaveOpen: true);
        var inflater = new Inflater([]);
        foreach (var block in blocks.Where(b => b.Length > 0))
        {
            // Repeated, so that there is something to refer back to.
            byte[] text = [.. block, .. block, .. block];
            target.SetLength(0);
            deflate.Write(text);
            deflate.Flush();
            if (!inflater.Inflate(target.ToArray()).AsSpan().SequenceEqual(text)) return false;
        }
        return true;
    }

    [Test]
    public void Headers_written_can_be_read()
    {
        var (writer, reader) = (new SpdyHeaders(), new SpdyHeaders());
        for (var i = 0; i < 3; i++)
        {
            var read = reader.Read(writer.Write([new("streamtype", "stdin"), new("port", $"{i}")]));
            Assert.That(read, Is.EqualTo(new Dictionary<string, string> { ["streamtype"] = "stdin", ["port"] = $"{i}" }));
        }
    }

    [Test]
    public async Task Streams_are_opened_from_either_side_and_closed_one_way_at_a_time()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var dialled = new TcpClient();
        await dialled.ConnectAsync((IPEndPoint)listener.LocalEndpoint);
        await using var client = new SpdyConnection(dialled.GetStream());
        await using var server = new SpdyConnection((await listener.AcceptTcpClientAsync()).GetStream());
        using var life = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var running = Task.WhenAll(client.Run(life.Token), server.Run(life.Token));
        foreach (var type in (string[])["stdin", "stdout"])
        {
            var mine = await client.Open([new("streamtype", type)], life.Token);
            var theirs = await server.Opened.ReadAsync(life.Token);
            Assert.That((theirs.Type, theirs.Id), Is.EqualTo((type, mine.Id)));
            await mine.Write("question"u8.ToArray(), life.Token);
            await mine.Close(life.Token);
            Assert.That(await All(theirs, life.Token), Is.EqualTo("question"));
            await theirs.Write("answer"u8.ToArray(), life.Token);
            await theirs.Close(life.Token);
            Assert.That(await All(mine, life.Token), Is.EqualTo("answer"));
        }
        await life.CancelAsync();
        await running;
        dialled.Dispose();
    }

    private static async Task<string> All(SpdyStream stream, CancellationToken cancel)
    {
        var text = new StringBuilder();
        await foreach (var part in stream.Read(cancel)) text.Append(Encoding.UTF8.GetString(part.Span));
        return text.ToString();
    }

    [FsCheck.NUnit.Property(MaxTest = 1000)]
    public bool Nonsense_is_refused_and_never_runs_wild(byte[] nonsense)
    {
        try
        {
            return new Inflater([]).Inflate(nonsense).Length <= 256 * 1024;
        }
        catch (InvalidDataException)
        {
            return true;
        }
    }
}
