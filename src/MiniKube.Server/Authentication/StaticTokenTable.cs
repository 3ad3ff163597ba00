using System.Security.Cryptography;
using System.Text;

namespace MiniKube.Server;

/// <summary>Tokens known from the start, found by their digest: how long a look-up takes says nothing about any token.</summary>
internal sealed class StaticTokenTable(IReadOnlyDictionary<string, UserInfo> tokens)
{
    private readonly Dictionary<string, UserInfo> byDigest = tokens.ToDictionary(t => Digest(t.Key), t => t.Value, StringComparer.Ordinal);

    public UserInfo? Find(string token) => byDigest.Count == 0 ? null : byDigest.GetValueOrDefault(Digest(token));

    private static string Digest(string token) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
}
