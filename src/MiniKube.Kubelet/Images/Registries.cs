using System.Text;
using System.Text.RegularExpressions;
using MiniKube.Machinery;

namespace MiniKube.Kubelet.Images;

/// <summary>
/// Which registries stand in for others and how to reach them, from a registries.yaml as k3s reads it: mirrors with endpoints and
/// rewrites, credentials and certificates by host.
/// </summary>
public sealed class Registries
{
    public static readonly Registries None = new([], [], []);

    private static readonly TimeSpan MatchLimit = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, Mirror> mirrors;
    private readonly Dictionary<string, RegistryCredentials> credentials;

    private Registries(Dictionary<string, Mirror> mirrors, Dictionary<string, RegistryCredentials> credentials, List<RegistryHost> hosts)
    {
        this.mirrors = mirrors;
        this.credentials = credentials;
        Hosts = hosts;
    }

    private sealed record Mirror(IReadOnlyList<Uri> Endpoints, IReadOnlyList<KeyValuePair<string, string>> Rewrites);

    /// <summary>Those that need more than HTTPS with a known authority.</summary>
    public IReadOnlyList<RegistryHost> Hosts { get; }

    /// <exception cref="FormatException">It is no such file; the message says where.</exception>
    public static Registries Parse(string yaml)
    {
        if (string.IsNullOrWhiteSpace(yaml)) return None;
        if (YamlReader.Read(yaml) is not JsonMap root) throw new FormatException("registries.yaml: must be a map with mirrors and configs");
        var mirrors = new Dictionary<string, Mirror>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in root.Map("mirrors") ?? [])
        {
            var entry = value as JsonMap ?? [];
            var endpoints = (entry.List("endpoint") ?? entry.List("endpoints") ?? []).Texts().Select(e => Endpoint(name, e)).ToArray();
            mirrors[name] = new(endpoints, [.. (entry.Map("rewrite") ?? []).Select(r => KeyValuePair.Create(Pattern(name, r.Key), (r.Value as JsonText)?.Value ?? ""))]);
        }
        var hosts = new Dictionary<string, RegistryHost>(StringComparer.OrdinalIgnoreCase);
        foreach (var endpoint in mirrors.Values.SelectMany(m => m.Endpoints).Where(e => e.Scheme == "http")) hosts[endpoint.Authority] = new(endpoint.Authority) { PlainHttp = true };
        var credentials = new Dictionary<string, RegistryCredentials>(StringComparer.OrdinalIgnoreCase);
        foreach (var (host, value) in root.Map("configs") ?? [])
        {
            var entry = value as JsonMap ?? [];
            if (entry.Map("auth") is { } login) credentials[host] = Login(host, login);
            if (entry.Map("tls") is not { } tls) continue;
            hosts[host] = (hosts.GetValueOrDefault(host) ?? new(host)) with
            {
                CaFile = tls.Text("ca_file"),
                CertFile = tls.Text("cert_file"),
                KeyFile = tls.Text("key_file"),
                SkipVerify = tls.Bool("insecure_skip_verify") == true,
            };
        }
        return new(mirrors, credentials, [.. hosts.Values]);
    }

    /// <summary>Where an image may be had, in the order to try; the registry it names comes last.</summary>
    public IReadOnlyList<ImageName> Sources(ImageName image)
    {
        if ((mirrors.GetValueOrDefault(image.Registry) ?? mirrors.GetValueOrDefault("*")) is not { } mirror) return [image];
        var path = image.Path;
        foreach (var (pattern, replacement) in mirror.Rewrites)
        {
            if (!Regex.IsMatch(path, pattern, RegexOptions.None, MatchLimit)) continue;
            path = Regex.Replace(path, pattern, replacement, RegexOptions.None, MatchLimit);
            break;
        }
        return [.. mirror.Endpoints.Select(e => image with { Registry = e.Authority, Path = Prefix(e) + path }).Where(s => s != image), image];
    }

    public RegistryCredentials? Credentials(string registry) => credentials.GetValueOrDefault(registry) ?? (registry == "docker.io" ? credentials.GetValueOrDefault("registry-1.docker.io") : null);

    private static string Prefix(Uri endpoint)
    {
        var path = endpoint.AbsolutePath.Trim('/');
        if (path == "v2") path = "";
        else if (path.StartsWith("v2/", StringComparison.Ordinal)) path = path["v2/".Length..];
        return path.Length == 0 ? "" : path + "/";
    }

    private static Uri Endpoint(string mirror, string text) =>
        Uri.TryCreate(text.Contains("://", StringComparison.Ordinal) ? text : $"https://{text}", UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
            ? new(text.Contains("://", StringComparison.Ordinal) ? text : $"https://{text}")
            : throw new FormatException($"registries.yaml: mirrors.{mirror}: endpoint {text} must be an address such as https://host:5000");

    private static string Pattern(string mirror, string pattern)
    {
        try
        {
            _ = new Regex(pattern, RegexOptions.None, MatchLimit);
            return pattern;
        }
        catch (ArgumentException e)
        {
            throw new FormatException($"registries.yaml: mirrors.{mirror}.rewrite: {e.Message}", e);
        }
    }

    private static RegistryCredentials Login(string host, JsonMap login)
    {
        var (user, password) = (login.Text("username") ?? "", login.Text("password") ?? "");
        if (user.Length == 0 && login.Text("auth") is { } packed) (user, password) = Unpack(packed);
        return new(host, user, password) { IdentityToken = login.Text("identity_token") };
    }

    /// <summary>"user:password" as Docker's configuration packs it.</summary>
    public static (string User, string Password) Unpack(string packed)
    {
        try
        {
            return Encoding.UTF8.GetString(Convert.FromBase64String(packed)).Split(':', 2) is [var user, var password] ? (user, password) : ("", "");
        }
        catch (FormatException)
        {
            return ("", "");
        }
    }
}

/// <summary>How to talk to a registry's host.</summary>
public sealed record RegistryHost(string Name)
{
    public bool PlainHttp { get; init; }
    public string? CaFile { get; init; }
    public string? CertFile { get; init; }
    public string? KeyFile { get; init; }
    public bool SkipVerify { get; init; }
}
