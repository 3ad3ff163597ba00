using System.Text.RegularExpressions;

namespace MiniKube.Network.Ingress;

/// <summary>How endpoints want to be spoken to.</summary>
public enum Speech
{
    Http,
    Https,
    Http2,
    Http2OverTls,
}

/// <summary>Where a request goes: endpoints ("10.42.0.7:8080"), or what is wrong with them.</summary>
public sealed record RouteTarget(string Service, IReadOnlyList<string> Endpoints, Speech Speech, string? Fault)
{
    public static RouteTarget Faulty(string service, string fault) => new(service, [], Speech.Http, fault);
}

public enum PathKind
{
    Exact,
    Prefix,
    Regex,
}

/// <summary>One path of one host.</summary>
public sealed record Route(string Ingress, PathKind Kind, string Path, RouteTarget Target, string? Rewrite)
{
    private readonly Regex? pattern = Kind == PathKind.Regex ? new($"^{Path}", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking | RegexOptions.CultureInvariant) : null;
    private readonly string stem = Path.TrimEnd('/');

    public bool Matches(string path) => Kind switch
    {
        PathKind.Exact => path == Path,
        // Element by element: /a/b is below /a, /ab is not.
        PathKind.Prefix => path.StartsWith(stem, StringComparison.Ordinal) && (path.Length == stem.Length || path[stem.Length] == '/'),
        _ => pattern!.IsMatch(path),
    };

    /// <summary>The path that the endpoint is asked for; null leaves it as the client said it.</summary>
    public string? Rewritten(string path)
    {
        if (Rewrite is null) return null;
        var made = pattern?.Match(path) is { Success: true } match ? match.Result(Rewrite) : Rewrite;
        return made.StartsWith('/') ? made : $"/{made}";
    }
}

/// <summary>A certificate and its key as the secret holds them.</summary>
public sealed record HostCertificate(string Secret, byte[] Certificate, byte[] Key)
{
    public bool Equals(HostCertificate? other) => other is not null && Secret == other.Secret && Certificate.AsSpan().SequenceEqual(other.Certificate) && Key.AsSpan().SequenceEqual(other.Key);

    public override int GetHashCode() => Secret.GetHashCode(StringComparison.Ordinal);
}

/// <summary>Everything that answers a request. Hosts are in lower case; "" is any host, "*.example.com" any with one label more.</summary>
public sealed record Routes(IReadOnlyDictionary<string, IReadOnlyList<Route>> Hosts, IReadOnlyDictionary<string, HostCertificate> Certificates)
{
    public static readonly Routes None = new(new Dictionary<string, IReadOnlyList<Route>>(), new Dictionary<string, HostCertificate>());

    public bool Any => Hosts.Count > 0;

    /// <summary>The most particular host that has rules, and its best path; what none of these takes may go where no host is named.</summary>
    public Route? Find(string host, string path)
    {
        foreach (var candidate in (ReadOnlySpan<string?>)[Named(host, Hosts), ""])
            if (candidate is not null && Hosts.TryGetValue(candidate, out var routes))
                foreach (var route in routes)
                    if (route.Matches(path)) return route;
        return null;
    }

    public HostCertificate? CertificateFor(string? host) => Named(host ?? "", Certificates) is { } name ? Certificates[name] : Certificates.GetValueOrDefault("");

    private static string? Named<T>(string host, IReadOnlyDictionary<string, T> all)
    {
        var name = host.ToLowerInvariant();
        if (name.Length > 0 && all.ContainsKey(name)) return name;
        var wildcard = name.IndexOf('.') is > 0 and var dot ? $"*{name[dot..]}" : "";
        return wildcard.Length > 0 && all.ContainsKey(wildcard) ? wildcard : null;
    }
}
