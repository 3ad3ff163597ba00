namespace MiniKube.Kubelet.Port;

/// <summary>What the node answers with on its own port, streams aside.</summary>
public sealed record NodePage(int Status, string ContentType, byte[] Content)
{
    private const string PlainType = "text/plain; charset=utf-8";

    /// <summary>A file that is too large, or too busy, to be held in memory.</summary>
    public string? File { get; init; }

    public static NodePage Text(string text, int status = 200, string type = PlainType) => new(status, type, System.Text.Encoding.UTF8.GetBytes(text));

    public static NodePage Json(Machinery.Json value) => new(200, "application/json", Machinery.JsonWriter.ToUtf8(value));

    public static readonly NodePage NotFound = Text("404 page not found\n", 404);
}

/// <summary>The pages of a node: what it runs, how it does, what it uses.</summary>
public interface INodePages
{
    Task<NodePage> Get(string path, Func<string, string?> query, CancellationToken cancel);

    /// <summary>What is done rather than shown; null for what there isn't.</summary>
    Task<NodePage?> Post(string path, Func<string, string?> query, CancellationToken cancel);
}
