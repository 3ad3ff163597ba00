using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MiniKube.Machinery;

namespace MiniKube.Host;

/// <summary>Which authorities a cluster-info names, and whether the secret that an agent was given vouches for them. Pure.</summary>
internal static class AuthorityProof
{
    /// <summary>The authorities to believe, or why none is.</summary>
    public static (X509Certificate2Collection? Authorities, string? Fault) Of(JsonMap clusterInfo, JoinSecret secret)
    {
        if (clusterInfo.Map("data")?.Text("kubeconfig") is not { } content || Authorities(content) is not { Count: > 0 } named) return (null, "it doesn't say by which authority it is known");
        if (secret.Hash is { } hash)
        {
            // Only the one that was meant: what stands beside it may have been put there.
            X509Certificate2Collection meant = [.. named.Where(a => JoinSecret.HashOf(a) == hash)];
            return meant.Count > 0 ? (meant, null) : (null, $"its authority is sha256:{JoinSecret.HashOf(named[0])}, not sha256:{hash} as the token says: is it another cluster, or somebody between you and it?");
        }
        if (secret.Id is not { } id) return (null, "this token doesn't tell by which authority to know the cluster: put sha256:HASH: before it, as the server's log and 'minik token create --print-join-command' do");
        if (clusterInfo.Map("data")?.Text($"jws-kubeconfig-{id}") is not { } signature) return (null, $"it knows no token {id}, or one that has expired: 'minik token list' on the server shows those that are good, 'minik token create' makes another");
        return Signed(content, signature, secret.Token[7..]) ? (named, null) : (null, $"the second half of token {id} is wrong, or it isn't the cluster that the token is for");
    }

    private static bool Signed(string content, string signature, string key)
    {
        if (signature.Split('.') is not [var head, "", var proof]) return false;
        try
        {
            // Another way of signing, "none" above all, proves nothing.
            if (JsonReader.ReadMap(Decode(head)).Text("alg") != "HS256") return false;
            var signed = Encoding.UTF8.GetBytes($"{head}.{Encode(Encoding.UTF8.GetBytes(content))}");
            return CryptographicOperations.FixedTimeEquals(Decode(proof), HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), signed));
        }
        catch (Exception e) when (e is FormatException or System.Text.Json.JsonException)
        {
            return false;
        }
    }

    /// <summary>Where the cluster says it is.</summary>
    public static string? ServerOf(JsonMap clusterInfo) => clusterInfo.Map("data")?.Text("kubeconfig") is { } content ? Cluster(content)?.Text("server") : null;

    private static JsonMap? Cluster(string kubeconfig) => (YamlReader.Read(kubeconfig) as JsonMap)?.List("clusters")?.Maps().FirstOrDefault()?.Map("cluster");

    private static X509Certificate2Collection? Authorities(string kubeconfig)
    {
        try
        {
            if (Cluster(kubeconfig)?.Text("certificate-authority-data") is not { } encoded) return null;
            var all = new X509Certificate2Collection();
            all.ImportFromPem(Encoding.ASCII.GetString(Convert.FromBase64String(encoded)));
            return all;
        }
        catch (Exception e) when (e is FormatException or CryptographicException)
        {
            return null;
        }
    }

    private static string Encode(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    private static byte[] Decode(string text) => Convert.FromBase64String(text.Replace('-', '+').Replace('_', '/').PadRight((text.Length + 3) / 4 * 4, '='));
}
