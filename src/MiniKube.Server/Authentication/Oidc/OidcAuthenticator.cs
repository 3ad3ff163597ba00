using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MiniKube.Machinery;

namespace MiniKube.Server.Oidc;

/// <summary>Whom an issuer's ID token speaks for.</summary>
public sealed class OidcAuthenticator(OidcOptions options, TimeProvider time, ILog log) : IDisposable
{
    // As much as a clock may be behind the issuer's.
    private const long Leeway = 300;

    private readonly Issuer issuer = new(options, time, log);

    /// <summary>Null when the token is of another issuer, not good, or can't be judged now.</summary>
    public async ValueTask<UserInfo?> Check(string token, CancellationToken cancel)
    {
        if (Jwt.Peek(token) is not { } claims || claims.Text("iss") != options.IssuerUrl || !InTime(claims) || !ForUs(claims)) return null;
        var parts = token.Split('.');
        try
        {
            var header = JsonReader.ReadMap(Base64Url.DecodeFromChars(parts[0]));
            var (algorithm, id) = (header.Text("alg") ?? "", header.Text("kid") ?? "");
            if (!options.SigningAlgs.Contains(algorithm) || header.Has("crit")) return null;
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
        JsonList several => several.Texts().Contains(options.ClientId),
        _ => claims.Text("aud") == options.ClientId,
    };

    private UserInfo? Who(JsonMap claims)
    {
        if (claims.Text(options.UsernameClaim) is not { Length: > 0 } name) return null;
        if (options.UsernameClaim == "email" && claims.Has("email_verified") && claims.Bool("email_verified") != true) return null;
        if (options.RequiredClaims.Any(r => claims.Text(r.Key) != r.Value)) return null;
        List<string> groups = [];
        if (options.GroupsClaim is { Length: > 0 } claim && claims[claim] is { } told)
        {
            if (told is JsonList several) groups.AddRange(several.Texts());
            else if (claims.Text(claim) is { } one) groups.Add(one);
            else if (told is not JsonNull) return null;
        }
        var extra = new Dictionary<string, IReadOnlyList<string>>();
        if (claims.Text("jti") is { Length: > 0 } id) extra[UserInfo.CredentialId] = ["JTI=" + id];
        return new UserInfo(options.NamePrefix + name, [.. groups.Select(g => options.GroupsPrefix + g), UserInfo.Authenticated]) { Extra = extra };
    }

    /// <summary>Seconds may have a fraction.</summary>
    private static long? Seconds(JsonMap claims, string claim) =>
        claims.Whole(claim) ?? (claims[claim] is { } other && double.TryParse(other.ToString(), System.Globalization.CultureInfo.InvariantCulture, out var seconds) ? (long)seconds : null);

    public void Dispose() => issuer.Dispose();
}
