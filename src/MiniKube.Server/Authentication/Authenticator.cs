using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MiniKube.Server.Pki;

namespace MiniKube.Server;

/// <summary>Establishes who asks: client certificate, bearer token, or nobody.</summary>
public sealed class Authenticator(ServerContext server, X509Certificate2 authority, ServiceAccountTokens tokens, IReadOnlyDictionary<string, UserInfo> staticTokens)
{
    private const int MostCached = 4096;

    // A token's signature needs no second look; that its objects live on is looked up every time it matters.
    private readonly ConcurrentDictionary<string, (UserInfo User, long Until)> checkedTokens = new(StringComparer.Ordinal);

    /// <summary>Null when credentials were given and are no good: that is refused, not anonymous.</summary>
    public UserInfo? Identify(X509Certificate2? certificate, string? authorization)
    {
        if (authorization is { Length: > 0 } && authorization.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
            return OfToken(authorization["Bearer ".Length..].Trim());
        if (certificate is not null) return OfCertificate(certificate);
        return UserInfo.Anonymous;
    }

    public UserInfo? OfCertificate(X509Certificate2 certificate)
    {
        if (CertificateChecks.ClientFault(certificate, authority, server.Now) is not null) return null;
        var (name, organizations) = DistinguishedNames.Of(certificate.SubjectName);
        return name.Length == 0 ? null : new UserInfo(name, [.. organizations, UserInfo.Authenticated]);
    }

    public UserInfo? OfToken(string token)
    {
        if (token.Length == 0) return null;
        if (staticTokens.TryGetValue(token, out var known)) return known;
        if (token.Length is 23 && token[6] == '.') return OfBootstrapToken(token);
        // Anything that could revoke a token changes these collections.
        var stamp = server.Store.Snapshot() is var s ? Math.Max(Math.Max(s.Changed("serviceaccounts"), s.Changed("secrets")), Math.Max(s.Changed("pods"), s.Changed("nodes"))) : 0;
        var minute = server.Now.ToUnixTimeSeconds() / 10;
        if (checkedTokens.TryGetValue(token, out var seen) && seen.Until == Mix(stamp, minute)) return seen.User;
        if (tokens.Check(token) is not { } valid) return null;
        if (checkedTokens.Count > MostCached) checkedTokens.Clear();
        checkedTokens[token] = (valid.User, Mix(stamp, minute));
        return valid.User;
    }

    private static long Mix(long stamp, long minute) => unchecked(stamp * 1_000_003 + minute);

    private UserInfo? OfBootstrapToken(string token)
    {
        var (id, secret) = (token[..6], token[7..]);
        var data = server.Peek("secrets", "kube-system", "bootstrap-token-" + id) is { } found && found.Text("type") == "bootstrap.kubernetes.io/token" ? found.Map("data") : null;
        string? Of(string key) => data?.Text(key) is { } encoded ? Encoding.UTF8.GetString(Convert.FromBase64String(encoded)) : null;
        if (Of("token-id") != id || Of("token-secret") != secret || Of("usage-bootstrap-authentication") != "true") return null;
        if (Of("expiration") is { } expires && Times.Read(expires) is { } until && until <= server.Now) return null;
        var groups = (Of("auth-extra-groups") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Where(g => g.StartsWith("system:bootstrappers:", StringComparison.Ordinal));
        return new UserInfo($"system:bootstrap:{id}", ["system:bootstrappers", .. groups, UserInfo.Authenticated]);
    }
}
