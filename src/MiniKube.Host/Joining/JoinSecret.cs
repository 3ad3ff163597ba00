using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;

namespace MiniKube.Host;

/// <summary>
/// What an agent is given to join with: a token, before which the hash of the cluster's authority may stand ("sha256:…:TOKEN"). A
/// bootstrap token proves the authority without it.
/// </summary>
internal sealed partial record JoinSecret(string Token, string? Hash)
{
    public static JoinSecret? Parse(string text) => Form().Match(text) is { Success: true } parts
        ? new(parts.Groups["token"].Value, parts.Groups["hash"].Success ? parts.Groups["hash"].Value : null) : null;

    /// <summary>The id of a bootstrap token; null for the secret of `minik server --token`.</summary>
    public string? Id => Bootstrap().IsMatch(Token) ? Token[..6] : null;

    /// <summary>As kubeadm has it: of the authority's public key, so that it outlives the certificate around it.</summary>
    public static string HashOf(X509Certificate2 authority) => Convert.ToHexStringLower(SHA256.HashData(authority.PublicKey.ExportSubjectPublicKeyInfo()));

    public override string ToString() => Hash is null ? Token : $"sha256:{Hash}:{Token}";

    [GeneratedRegex(@"\A(sha256:(?<hash>[0-9a-f]{64}):)?(?<token>\S{16,})\z")]
    private static partial Regex Form();

    [GeneratedRegex(@"\A[a-z0-9]{6}\.[a-z0-9]{16}\z")]
    private static partial Regex Bootstrap();
}
