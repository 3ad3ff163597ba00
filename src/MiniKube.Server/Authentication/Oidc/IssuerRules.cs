using System.Security.Cryptography.X509Certificates;
using MiniKube.Machinery;

namespace MiniKube.Server.Oidc;

/// <summary>An issuer, which of its tokens are for us, and whom they speak for; whether flags said it or a file.</summary>
public sealed record IssuerRules(string Url, IReadOnlyList<string> Audiences)
{
    /// <summary>Where it describes itself, if not below its own address.</summary>
    public string? DiscoveryUrl { get; init; }

    /// <summary>Who vouches for its server; null for those whom the host believes.</summary>
    public X509Certificate2Collection? Authorities { get; init; }

    public IReadOnlyList<string> SigningAlgs { get; init; } = OidcOptions.AllSigningAlgs;

    /// <summary>Who the claims of a good token name, or why they name nobody.</summary>
    public required Func<JsonMap, Result<UserInfo>> Who { get; init; }
}
