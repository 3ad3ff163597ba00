using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MiniKube.Machinery;

namespace MiniKube.Scheduler.Extenders;

/// <summary>A program that has a say over HTTP, as the configuration file tells of it. A verb it doesn't name isn't asked of it.</summary>
public sealed record ExtenderSettings(Uri Url)
{
    public string? FilterVerb { get; init; }
    public string? PrioritizeVerb { get; init; }
    public string? BindVerb { get; init; }
    public string? PreemptVerb { get; init; }
    public long Weight { get; init; }
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>It knows the nodes itself and is only told their names.</summary>
    public bool KnowsNodes { get; init; }

    /// <summary>Pods are placed without it when it doesn't answer.</summary>
    public bool Ignorable { get; init; }

    /// <summary>It is only asked about pods that want one of these; none means all pods.</summary>
    public IReadOnlySet<string> Resources { get; init; } = new HashSet<string>();

    /// <summary>Those of them that it alone keeps count of.</summary>
    public IReadOnlyList<string> CountedThere { get; init; } = [];

    public bool TrustAnybody { get; init; }
    public string? ServerName { get; init; }
    public X509Certificate2Collection? Authorities { get; init; }
    public X509Certificate2? Client { get; init; }

    public bool Concerns(PodInfo pod) => Resources.Count == 0 ||
        (pod.Spec.Containers ?? []).Concat(pod.Spec.InitContainers ?? []).Any(c => Wants(c.Resources?.Requests) || Wants(c.Resources?.Limits));

    private bool Wants(IReadOnlyDictionary<string, Quantity>? resources) => resources?.Keys.Any(Resources.Contains) == true;

    public static IReadOnlyList<ExtenderSettings> Read(JsonMap file, Action<string, string> fault)
    {
        var listed = (file.List("extenders") ?? []).Maps().ToArray();
        var all = new List<ExtenderSettings>();
        for (var i = 0; i < listed.Length; i++)
            if (One($"extenders[{i}]", listed[i], fault) is { } read) all.Add(read);
        if (all.Count(e => e.BindVerb is not null) > 1) fault("extenders", "only one of them can bind");
        return all;
    }

    private static ExtenderSettings? One(string path, JsonMap given, Action<string, string> fault)
    {
        foreach (var (name, _) in given)
            if (!Known.Contains(name)) fault($"{path}.{name}", "unknown field");
        if (!Uri.TryCreate(given.Text("urlPrefix")?.TrimEnd('/') + "/", UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
        {
            fault($"{path}.urlPrefix", $"\"{given.Text("urlPrefix")}\" must be a URL");
            return null;
        }
        var prioritize = Verb(given, "prioritizeVerb");
        var weight = given.Whole("weight") ?? 0;
        if (prioritize is not null && weight <= 0) fault($"{path}.weight", "must be positive where there is a prioritizeVerb");
        var timeout = TimeSpan.FromSeconds(5);
        if (given.Text("httpTimeout") is { } text && text is not ("0s" or "0") && !Machinery.Cel.Durations.TryParse(text, out timeout)) fault($"{path}.httpTimeout", $"\"{text}\" is not a duration");
        var managed = (given.List("managedResources") ?? []).Maps().ToArray();
        foreach (var resource in managed)
            if (resource.Text("name")?.Contains('/') != true) fault($"{path}.managedResources", $"\"{resource.Text("name")}\" must be the name of an extended resource");
        var settings = new ExtenderSettings(url)
        {
            FilterVerb = Verb(given, "filterVerb"), PrioritizeVerb = prioritize, BindVerb = Verb(given, "bindVerb"), PreemptVerb = Verb(given, "preemptVerb"),
            Weight = weight, Timeout = timeout, KnowsNodes = given.Bool("nodeCacheCapable") == true, Ignorable = given.Bool("ignorable") == true,
            Resources = managed.Select(m => m.Text("name") ?? "").ToHashSet(),
            CountedThere = [.. managed.Where(m => m.Bool("ignoredByScheduler") == true).Select(m => m.Text("name") ?? "")],
        };
        if (given.Bool("enableHTTPS") != true && given.Map("tlsConfig") is null) return settings;
        return Secured(settings with { Url = new UriBuilder(url) { Scheme = "https" }.Uri }, $"{path}.tlsConfig", given.Map("tlsConfig") ?? [], fault);
    }

    private static ExtenderSettings Secured(ExtenderSettings settings, string path, JsonMap tls, Action<string, string> fault)
    {
        try
        {
            var (authorities, certificate, key) = (Pem(tls, "ca"), Pem(tls, "cert"), Pem(tls, "key"));
            var trusted = new X509Certificate2Collection();
            if (authorities is not null) trusted.ImportFromPem(authorities);
            // Windows and macOS want the key in a store of its own, which exporting does.
            using var pair = certificate is null ? null : X509Certificate2.CreateFromPem(certificate, key);
            return settings with
            {
                TrustAnybody = tls.Bool("insecure") == true,
                ServerName = tls.Text("serverName") is { Length: > 0 } name ? name : null,
                Authorities = authorities is null ? null : trusted,
                Client = pair is null ? null : X509CertificateLoader.LoadPkcs12(pair.Export(X509ContentType.Pkcs12), null),
            };
        }
        catch (Exception e) when (e is IOException or CryptographicException or FormatException or UnauthorizedAccessException)
        {
            fault(path, e.Message);
            return settings;
        }
    }

    /// <summary>What stands there itself goes before what stands in a file.</summary>
    private static string? Pem(JsonMap tls, string what) =>
        tls.Text($"{what}Data") is { Length: > 0 } data ? System.Text.Encoding.ASCII.GetString(Convert.FromBase64String(data)) :
        tls.Text($"{what}File") is { Length: > 0 } file ? File.ReadAllText(file) : null;

    private static string? Verb(JsonMap given, string name) => given.Text(name) is { Length: > 0 } verb ? verb : null;

    private static readonly HashSet<string> Known =
    [
        "urlPrefix", "filterVerb", "preemptVerb", "prioritizeVerb", "weight", "bindVerb", "enableHTTPS", "tlsConfig", "httpTimeout", "nodeCacheCapable",
        "managedResources", "ignorable",
    ];
}
