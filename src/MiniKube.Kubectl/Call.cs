using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>One run of a command: what was said, and the way to the cluster, made when it is needed.</summary>
internal sealed class Call : IDisposable
{
    private readonly Lazy<Access> access;
    private readonly Lazy<ApiClient> api;
    private Discovery? discovery;

    public Call(string path, Words words, Surroundings around)
    {
        (Path, Words, Around) = (path, words, around);
        access = new(() => Access.Of(ConfigFiles.Load(words, around), words, around));
        api = new(() => new ApiClient(access.Value, words, around));
    }

    /// <summary>"kubectl create secret".</summary>
    public string Path { get; }
    public Words Words { get; }
    public Surroundings Around { get; }
    public IReadOnlyList<string> Arguments => Words.Arguments;
    public TextWriter Out => Around.Out;
    public TextWriter Error => Around.Error;
    public CancellationToken Stop => Around.Stop;
    public Access Access => access.Value;
    public ApiClient Api => api.Value;
    public string Namespace => Access.Namespace;

    public bool Has(string flag) => Words.Has(flag);
    public bool Switch(string flag) => Words.Switch(flag);
    public string Text(string flag) => Words.Text(flag);

    public bool Everywhere => Words.Knows("all-namespaces") && Switch("all-namespaces");

    public async Task<Discovery> Discover() => discovery ??= await Discovery.Load(Api);

    /// <summary>Types may have come into being meanwhile.</summary>
    public void ForgetTypes() => discovery = null;

    public Failure Misused(string message) => Failure.Misused(Path, message);

    public DryRun DryRun => !Words.Knows("dry-run") ? DryRun.None : Text("dry-run") switch
    {
        "none" or "false" => DryRun.None,
        "client" => DryRun.Client,
        "server" => DryRun.Server,
        "unchanged" or "true" => OldDryRun(),
        var other => throw new Failure($"Invalid dry-run value ({other}). Must be \"none\", \"server\", or \"client\"."),
    };

    private DryRun OldDryRun()
    {
        Error.WriteLine("W --dry-run is deprecated and can be replaced with --dry-run=client.");
        return DryRun.Client;
    }

    public string DryRunSuffix => DryRun switch { DryRun.Client => " (dry run)", DryRun.Server => " (server dry run)", _ => "" };

    /// <summary>Parts of a query that every write has.</summary>
    public string WriteQuery(params (string Name, string? Value)[] more) =>
        Query.Of([
            ("dryRun", Words.Knows("dry-run") && DryRun == DryRun.Server ? "All" : null),
            ("fieldManager", Words.Knows("field-manager") && Text("field-manager").Length > 0 ? Text("field-manager") : null),
            .. more]);

    public void Dispose()
    {
        if (api.IsValueCreated) api.Value.Dispose();
    }
}

internal enum DryRun
{
    None,
    Client,
    Server,
}

/// <summary>Query strings.</summary>
internal static class Query
{
    public static string Of(params (string Name, string? Value)[] parts) =>
        string.Join('&', parts.Where(p => p.Value is { Length: > 0 }).Select(p => $"{p.Name}={Uri.EscapeDataString(p.Value!)}")) is { Length: > 0 } query ? "?" + query : "";
}

/// <summary>Shorter ways to what every object has.</summary>
internal static class Objects
{
    public static JsonMap Meta(this JsonMap o) => o.Map("metadata") ?? [];
    public static JsonMap Spec(this JsonMap o) => o.Map("spec") ?? [];
    public static JsonMap Status(this JsonMap o) => o.Map("status") ?? [];
    public static string Name(this JsonMap o) => o.Meta().Text("name") ?? "";
    public static string? Namespace(this JsonMap o) => o.Meta().Text("namespace");
    public static string Kind(this JsonMap o) => o.Text("kind") ?? "";
    public static string ApiVersion(this JsonMap o) => o.Text("apiVersion") ?? "";
    public static string Uid(this JsonMap o) => o.Meta().Text("uid") ?? "";
    public static IEnumerable<JsonMap> Maps(this JsonMap o, string list) => (o.List(list) ?? []).Maps();
    public static string Group(string apiVersion) => apiVersion.IndexOf('/') is var at and >= 0 ? apiVersion[..at] : "";

    /// <summary>A scalar's text without quotes, anything else as JSON.</summary>
    public static string Show(this Json? value, string otherwise = "") => value switch { null or JsonNull => otherwise, JsonText t => t.Value, _ => value.ToString() };
}
