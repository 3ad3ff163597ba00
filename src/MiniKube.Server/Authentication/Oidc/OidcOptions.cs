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
}
