using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>JSON Web Tokens signed with ES256, and nothing else: the algorithm is ours to know, not the token's to choose.</summary>
public static class Jwt
{
    public static string Sign(JsonMap claims, ECDsa key, string keyId)
    {
        var header = new JsonMap { { "alg", "ES256" }, { "kid", keyId }, { "typ", "JWT" } };
        var signed = $"{Encode(JsonWriter.ToUtf8(header))}.{Encode(JsonWriter.ToUtf8(claims))}";
        var signature = key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        return $"{signed}.{Encode(signature)}";
    }

    /// <summary>The claims of a token with a good signature, or null.</summary>
    public static JsonMap? Verify(string token, ECDsa key)
    {
        var parts = token.Split('.');
        if (parts.Length != 3) return null;
        try
        {
            if (JsonReader.ReadMap(Base64Url.DecodeFromChars(parts[0])).Text("alg") != "ES256") return null;
            var signature = Base64Url.DecodeFromChars(parts[2]);
            return key.VerifyData(Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation)
                ? JsonReader.ReadMap(Base64Url.DecodeFromChars(parts[1]))
                : null;
        }
        catch (Exception e) when (e is FormatException or JsonException or CryptographicException)
        {
            return null;
        }
    }

    /// <summary>The claims without regard to the signature: only to learn who should check it.</summary>
    public static JsonMap? Peek(string token)
    {
        var parts = token.Split('.');
        if (parts.Length != 3) return null;
        try
        {
            return JsonReader.Read(Base64Url.DecodeFromChars(parts[1])) as JsonMap;
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            return null;
        }
    }

    public static string KeyId(ECDsa key) => Encode(SHA256.HashData(key.ExportSubjectPublicKeyInfo()));

    public static JsonMap PublicKey(ECDsa key)
    {
        var point = key.ExportParameters(false).Q;
        return new JsonMap
        {
            { "use", "sig" }, { "kty", "EC" }, { "kid", KeyId(key) }, { "crv", "P-256" }, { "alg", "ES256" },
            { "x", Encode(point.X!) }, { "y", Encode(point.Y!) },
        };
    }

    private static string Encode(ReadOnlySpan<byte> bytes) => Base64Url.EncodeToString(bytes);
}
