using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>Tokens with which nodes join: a public id, a secret, and a Secret of kube-system that says what they are good for.</summary>
internal static partial class BootstrapTokens
{
    public static bool Looks(string token) => Form().IsMatch(token);

    /// <summary>Who holds the token, by the Secret of its id; null when that Secret does not vouch for it in every respect.</summary>
    public static UserInfo? Check(JsonMap? secret, string token, DateTimeOffset now)
    {
        var (id, wanted) = (token[..6], token[7..]);
        if (secret is null || secret.Text("type") != "bootstrap.kubernetes.io/token" || secret.Map("metadata")!.Has("deletionTimestamp")) return null;
        var data = secret.Map("data");
        if (!Same(Value(data, "token-secret"), wanted) || Value(data, "token-id") != id || Value(data, "usage-bootstrap-authentication") != "true") return null;
        // An end that can't be read is no end to rely on.
        if (Value(data, "expiration") is { Length: > 0 } expires && !(Times.Read(expires) is { } until && now < until)) return null;
        var groups = (Value(data, "auth-extra-groups") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return groups.All(g => Group().IsMatch(g)) ? new UserInfo($"system:bootstrap:{id}", ["system:bootstrappers", .. groups, UserInfo.Authenticated]) : null;
    }

    private static string? Value(JsonMap? data, string key)
    {
        if (data?.Text(key) is not { } encoded) return null;
        var bytes = new byte[encoded.Length];
        return Convert.TryFromBase64String(encoded, bytes, out var length) ? Encoding.UTF8.GetString(bytes, 0, length) : null;
    }

    private static bool Same(string? kept, string given) =>
        kept is not null && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(kept), Encoding.UTF8.GetBytes(given));

    [GeneratedRegex(@"\A[a-z0-9]{6}\.[a-z0-9]{16}\z")]
    private static partial Regex Form();

    [GeneratedRegex(@"\Asystem:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]\z")]
    private static partial Regex Group();
}
