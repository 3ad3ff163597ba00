using System.Collections.Concurrent;
using System.Formats.Tar;
using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using MiniKube.Machinery;

namespace MiniKube.TestKit;

/// <summary>A registry of images on a loopback port, with what a test needs of one: a login, faults, a record of who asked for what.</summary>
public sealed class LoopbackRegistry : IAsyncDisposable
{
    private readonly HttpListener listener = new();
    private readonly ConcurrentDictionary<string, (string Type, byte[] Body)> blobs = new();
    private readonly ConcurrentDictionary<string, string> manifests = new();
    private readonly ConcurrentQueue<string> asked = new();
    private readonly Task serving;

    public LoopbackRegistry()
    {
        Host = $"127.0.0.1:{FreePort.Next()}";
        listener.Prefixes.Add($"http://{Host}/");
        listener.Start();
        serving = Serve();
    }

    public string Host { get; }

    /// <summary>"user:password"; without it anybody may.</summary>
    public string? Login { get; set; }

    /// <summary>Answers a path with this status instead.</summary>
    public Func<string, int?> Fault { get; set; } = static _ => null;

    /// <summary>Layers stop in the middle until it is done.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    /// <summary>Paths of the requests so far.</summary>
    public IReadOnlyCollection<string> Asked => asked;

    /// <summary>Puts an image of one layer here and gives the name to pull it by.</summary>
    public string Push(string repository, string tag, params (string Name, byte[] Content)[] files)
    {
        var layer = Tar(files);
        var packed = Gzip(layer);
        var config = Encoding.UTF8.GetBytes(new JsonMap
        {
            { "architecture", "amd64" }, { "os", "linux" }, { "config", new JsonMap { { "Env", JsonList.OfTexts(["PATH=/bin:/"]) } } },
            { "rootfs", new JsonMap { { "type", "layers" }, { "diff_ids", JsonList.OfTexts([Digest(layer)]) } } },
        }.ToString());
        static JsonMap Part(string type, byte[] content) => new() { { "mediaType", type }, { "size", content.Length }, { "digest", Digest(content) } };
        var manifest = Encoding.UTF8.GetBytes(new JsonMap
        {
            { "schemaVersion", 2 }, { "mediaType", "application/vnd.docker.distribution.manifest.v2+json" },
            { "config", Part("application/vnd.docker.container.image.v1+json", config) },
            { "layers", JsonList.Of(Part("application/vnd.docker.image.rootfs.diff.tar.gzip", packed)) },
        }.ToString());
        blobs[Digest(packed)] = ("application/octet-stream", packed);
        blobs[Digest(config)] = ("application/octet-stream", config);
        blobs[Digest(manifest)] = ("application/vnd.docker.distribution.manifest.v2+json", manifest);
        manifests[$"{repository}:{tag}"] = Digest(manifest);
        return $"{Host}/{repository}:{tag}";
    }

    public async ValueTask DisposeAsync()
    {
        listener.Stop();
        await serving;
        listener.Close();
    }

    private async Task Serve()
    {
        while (listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
            _ = Answer(context);
        }
    }

    private async Task Answer(HttpListenerContext context)
    {
        var path = context.Request.Url!.AbsolutePath;
        asked.Enqueue(path);
        var response = context.Response;
        try
        {
            // Without a length there would be an empty last piece after the answer to a HEAD, which the next answer begins with.
            response.ContentLength64 = 0;
            if (Login is { } login && context.Request.Headers["Authorization"] != $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(login))}")
            {
                response.Headers["WWW-Authenticate"] = "Basic realm=\"test\"";
                response.StatusCode = 401;
            }
            else if (Fault(path) is { } fault)
            {
                response.StatusCode = fault;
            }
            else if (path == "/v2/")
            {
                response.StatusCode = 200;
            }
            else if (Find(path) is var (type, body, digest))
            {
                response.ContentType = type;
                response.Headers["Docker-Content-Digest"] = digest;
                response.ContentLength64 = body.Length;
                if (context.Request.HttpMethod != "HEAD") await Send(response, body);
            }
            else
            {
                response.StatusCode = 404;
                var words = """{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}"""u8.ToArray();
                response.ContentLength64 = words.Length;
                if (context.Request.HttpMethod != "HEAD") await response.OutputStream.WriteAsync(words);
            }
            response.Close();
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or IOException)
        {
            // Whoever asked is gone.
        }
    }

    private async Task Send(HttpListenerResponse response, byte[] body)
    {
        var first = body.Length > 64 * 1024 ? body.Length / 2 : body.Length;
        await response.OutputStream.WriteAsync(body.AsMemory(0, first));
        if (first == body.Length) return;
        await response.OutputStream.FlushAsync();
        await Gate;
        await response.OutputStream.WriteAsync(body.AsMemory(first));
    }

    private (string Type, byte[] Body, string Digest)? Find(string path)
    {
        string? digest = null;
        if (path.Split("/blobs/") is [_, var blob]) digest = blob;
        else if (path.Split("/manifests/") is [var before, var reference]) digest = reference.StartsWith("sha256:", StringComparison.Ordinal) ? reference : manifests.GetValueOrDefault($"{before["/v2/".Length..]}:{reference}");
        return digest is not null && blobs.TryGetValue(digest, out var found) ? (found.Type, found.Body, digest) : null;
    }

    private static string Digest(byte[] bytes) => $"sha256:{Convert.ToHexStringLower(SHA256.HashData(bytes))}";

    private static byte[] Tar((string Name, byte[] Content)[] files)
    {
        using var target = new MemoryStream();
        using (var tar = new TarWriter(target, TarEntryFormat.Ustar, leaveOpen: true))
            foreach (var (name, content) in files)
                tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content), Mode = (UnixFileMode)0b111_101_101, ModificationTime = DateTimeOffset.UnixEpoch });
        return target.ToArray();
    }

    private static byte[] Gzip(byte[] plain)
    {
        using var target = new MemoryStream();
        using (var gzip = new GZipStream(target, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(plain);
        return target.ToArray();
    }
}
