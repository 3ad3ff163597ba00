using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MiniKube.Machinery;

namespace MiniKube.Server.Oidc;

/// <summary>Whom an issuer's ID token speaks for.</summary>
public sealed class OidcAuthenticator(IssuerRules rules, TimeProvider time, ILog log) : IDisposable
{
    // As much as a clock may be behind the issuer's.
    private const long Leeway = 300;

    // Whoever is wrong about a mapping sees why, but not with every request.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    private readonly Issuer issuer = new(rules, time, log);
    private long told;

    public OidcAuthenticator(OidcOptions options, TimeProvider time, ILog log) : this(options.ToRules(), time, log)
    {
    }

    /// <summary>Null when the token is of another issuer, not good, or can't be judged now.</summary>
    public async ValueTask<UserInfo?> Check(string token, CancellationToken cancel)
    {
        if (Jwt.Peek(token) is not { } claims || claims.Text("iss") != rules.Url || !InTime(claims) || !ForUs(claims)) return null;
        var parts = token.Split('.');
        try
        {
            var header = JsonReader.ReadMap(Base64Url.DecodeFromChars(parts[0]));
            var (algorithm, id) = (header.Text("alg") ?? "", header.Text("kid") ?? "");
            if (!rules.SigningAlgs.Contains(algorithm) || header.Has("crit")) return null;
            if (await issuer.KeysWith(id, cancel) is not { } keys) return null;
            return keys.Signed(id, algorithm, Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Base64Url.DecodeFromChars(parts[2])) ? Who(claims) : null;
        }
        catch (Exception e) when (e is FormatException or JsonException or CryptographicException)
        {
            return null;
        }
    }

    private bool InTime(JsonMap claims)
    {
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        return Seconds(claims, "exp") is { } end && now < end && !(Seconds(claims, "nbf") is { } from && now + Leeway < from);
    }

    private bool ForUs(JsonMap claims) => claims["aud"] switch
    {
        JsonList several => several.Texts().Any(rules.Audiences.Contains),
        _ => claims.Text("aud") is { } one && rules.Audiences.Contains(one),
    };

    private UserInfo? Who(JsonMap claims)
    {
        var named = rules.Who(claims);
        if (named.Error is { } nobody)
        {
            var now = time.GetUtcNow().UtcTicks;
            if (now - Interlocked.Read(ref told) > Pause.Ticks)
            {
                Interlocked.Exchange(ref told, now);
                log.Warn($"OIDC issuer {rules.Url}: a token of it names nobody: {nobody.Message}");
            }
            return null;
        }
        var user = named.Value;
        var extra = new Dictionary<string, IReadOnlyList<string>>(user.Extra);
        if (claims.Text("jti") is { Length: > 0 } id) extra[UserInfo.CredentialId] = ["JTI=" + id];
        return user with { Groups = user.Groups.Contains(UserInfo.Authenticated) ? user.Groups : [.. user.Groups, UserInfo.Authenticated], Extra = extra };
    }

    /// <summary>Seconds may have a fraction.</summary>
    private static long? Seconds(JsonMap claims, string claim) =>
        claims.Whole(claim) ?? (claims[claim] is { } other && double.TryParse(other.ToString(), System.Globalization.CultureInfo.InvariantCulture, out var seconds) ? (long)seconds : null);

    public void Dispose() => issuer.Dispose();
}
