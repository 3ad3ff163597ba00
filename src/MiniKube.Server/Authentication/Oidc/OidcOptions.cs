using System.Security.Cryptography.X509Certificates;
using MiniKube.Machinery;

namespace MiniKube.Server.Oidc;

/// <summary>An issuer whose tokens let in, and who they speak for. The names are those of the flags.</summary>
public sealed record OidcOptions(string IssuerUrl, string ClientId)
{
    public string UsernameClaim { get; init; } = "sub";

    /// <summary>Null for the default: the issuer and '#', but nothing before an email; "-" for nothing.</summary>
    public string? UsernamePrefix { get; init; }
    public string? GroupsClaim { get; init; }
    public string GroupsPrefix { get; init; } = "";
    public IReadOnlyDictionary<string, string> RequiredClaims { get; init; } = new Dictionary<string, string>();
    public string? CaFile { get; init; }
    public IReadOnlyList<string> SigningAlgs { get; init; } = ["RS256"];

    public static readonly string[] AllSigningAlgs = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512"];

    /// <summary>What stands before a name of this issuer.</summary>
    public string NamePrefix => UsernamePrefix switch
    {
        "-" => "",
        { Length: > 0 } given => given,
        _ => UsernameClaim == "email" ? "" : IssuerUrl + "#",
    };

    public IssuerRules ToRules()
    {
        X509Certificate2Collection? authorities = null;
        if (CaFile is { } file) (authorities = []).ImportFromPemFile(file);
        return new(IssuerUrl, [ClientId]) { Authorities = authorities, SigningAlgs = SigningAlgs, Who = Who };
    }

    private Result<UserInfo> Who(JsonMap claims)
    {
        if (claims.Text(UsernameClaim) is not { Length: > 0 } name) return ApiError.BadRequest($"claim \"{UsernameClaim}\" names nobody");
        if (UsernameClaim == "email" && claims.Has("email_verified") && claims.Bool("email_verified") != true) return ApiError.BadRequest("email not verified");
        if (RequiredClaims.FirstOrDefault(r => claims.Text(r.Key) != r.Value) is { Key: { } missing }) return ApiError.BadRequest($"claim \"{missing}\" is not as required");
        List<string> groups = [];
        if (GroupsClaim is { Length: > 0 } claim && claims[claim] is { } told)
        {
            if (told is JsonList several) groups.AddRange(several.Texts());
            else if (claims.Text(claim) is { } one) groups.Add(one);
            else if (told is not JsonNull) return ApiError.BadRequest($"claim \"{claim}\" holds no groups");
        }
        return new UserInfo(NamePrefix + name, [.. groups.Select(g => GroupsPrefix + g)]);
    }
}
