using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MiniKube.Server.Oidc;
using MiniKube.Server.Pki;

namespace MiniKube.Server;

/// <summary>Establishes who asks: client certificate, bearer token, or nobody.</summary>
public sealed class Authenticator(ServerContext server, Func<IReadOnlyList<X509Certificate2>> authorities, Func<IReadOnlyList<X509Certificate2>> proxyAuthorities, ServiceAccountTokens tokens, IReadOnlyDictionary<string, UserInfo> staticTokens, OidcAuthenticator? issuer = null, AuthenticationFile? file = null)
{
    private const int MostCached = 4096;
    private static readonly TimeSpan Recheck = TimeSpan.FromSeconds(10);

    // A token's signature needs no second look; that its objects live on is looked up every time it matters.
    private readonly ConcurrentDictionary<string, (UserInfo User, long Stamp, DateTimeOffset Until)> checkedTokens = new(StringComparer.Ordinal);
    private readonly StaticTokenTable known = new(staticTokens);

    /// <summary>Null when credentials were given and none is any good: that is refused, not anonymous.</summary>
    public UserInfo? Identify(X509Certificate2? certificate, string? authorization)
    {
        if (certificate is not null && OfCertificate(certificate) is { } user) return user;
        var token = TokenIn(authorization);
        if (token.Length > 0) return OfToken(token);
        return certificate is null ? UserInfo.Anonymous : null;
    }

    /// <summary>The same, and whoever an issuer elsewhere vouches for: that may take a question to it.</summary>
    public async ValueTask<UserInfo?> Identify(X509Certificate2? certificate, string? authorization, CancellationToken cancel) =>
        Identify(certificate, authorization) ?? (TokenIn(authorization) is { Length: > 0 } token ? await OfIssuers(token, cancel) : null);

    public async ValueTask<UserInfo?> OfToken(string token, CancellationToken cancel) => OfToken(token) ?? await OfIssuers(token, cancel);

    private async ValueTask<UserInfo?> OfIssuers(string token, CancellationToken cancel) =>
        issuer is not null ? await issuer.Check(token, cancel) : file is not null ? await file.Check(token, cancel) : null;

    /// <summary>Whether anybody at all may ask for this; most may be told that they may not.</summary>
    public bool AnonymousAt(string path) => file is null || file.Anonymous.At(path);

    /// <summary>Who a connection without a token is, or that it may speak for others, and how long that holds: until the clock passes Until or other authorities are believed.</summary>
    public sealed record Recognized(UserInfo? User, bool FrontProxy, IReadOnlyList<X509Certificate2> Authorities, IReadOnlyList<X509Certificate2> ProxyAuthorities, DateTimeOffset Until);

    public Recognized Recognize(X509Certificate2? certificate)
    {
        var (user, now) = (Identify(certificate, null), server.Now);
        var until = certificate is null ? DateTimeOffset.MaxValue : user is not null ? certificate.NotAfter : now + Recheck;
        return new(user, user is null && IsFrontProxy(certificate!), authorities(), proxyAuthorities(), until);
    }

    public bool StillHolds(Recognized seen) => ReferenceEquals(seen.Authorities, authorities()) && ReferenceEquals(seen.ProxyAuthorities, proxyAuthorities()) && server.Now < seen.Until;

    private bool IsFrontProxy(X509Certificate2 certificate) =>
        CertificateChecks.ClientFault(certificate, proxyAuthorities(), server.Now) is null && DistinguishedNames.Of(certificate.SubjectName).CommonName == FrontProxy.ClientName;

    private static string TokenIn(string? authorization) =>
        authorization is not null && authorization.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? authorization["Bearer ".Length..].Trim() : "";

    public UserInfo? OfCertificate(X509Certificate2 certificate)
    {
        if (CertificateChecks.ClientFault(certificate, authorities(), server.Now) is not null) return null;
        var (name, organizations) = DistinguishedNames.Of(certificate.SubjectName);
        if (name.Length == 0) return null;
        var id = "X509SHA256=" + Convert.ToHexStringLower(SHA256.HashData(certificate.RawDataMemory.Span));
        return new UserInfo(name, [.. organizations, UserInfo.Authenticated]) { Extra = new Dictionary<string, IReadOnlyList<string>> { [UserInfo.CredentialId] = [id] } };
    }

    public UserInfo? OfToken(string token)
    {
        if (token.Length == 0) return null;
        if (known.Find(token) is { } user) return user;
        var now = server.Now;
        if (BootstrapTokens.Looks(token)) return BootstrapTokens.Check(server.Peek("secrets", "kube-system", "bootstrap-token-" + token[..6]), token, now);
        // Anything that could revoke a token changes these collections.
        var s = server.Store.Snapshot();
        var stamp = Math.Max(Math.Max(s.Changed("serviceaccounts"), s.Changed("secrets")), Math.Max(s.Changed("pods"), s.Changed("nodes")));
        if (checkedTokens.TryGetValue(token, out var seen) && seen.Stamp == stamp && now < seen.Until) return seen.User;
        if (tokens.Check(token) is not { } valid) return null;
        if (checkedTokens.Count > MostCached) checkedTokens.Clear();
        // Also an object on its way out lets its tokens die without a further change.
        var recheck = now + Recheck;
        checkedTokens[token] = (valid.User, stamp, valid.Expires < recheck ? valid.Expires : recheck);
        return valid.User;
    }
}
