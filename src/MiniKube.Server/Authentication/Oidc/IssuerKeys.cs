using System.Buffers.Text;
using System.Security.Cryptography;
using MiniKube.Machinery;

namespace MiniKube.Server.Oidc;

/// <summary>The public keys of an issuer. A key knows what it is for: the token has no say in how it is checked.</summary>
internal sealed class IssuerKeys
{
    private const int LeastRsaBits = 2048;

    private readonly List<(string Id, string Algorithm, AsymmetricAlgorithm Key)> keys = [];

    /// <summary>What of a key set can be used; throws FormatException when it is none.</summary>
    public static IssuerKeys Read(JsonMap set)
    {
        var known = new IssuerKeys();
        foreach (var key in (set.List("keys") ?? throw new FormatException("it has no keys")).Maps())
        {
            if (key.Text("use") is { } use && use != "sig") continue;
            if (Of(key) is { } usable) known.keys.Add((key.Text("kid") ?? "", key.Text("alg") ?? "", usable));
        }
        return known;
    }

    public bool Knows(string id) => id.Length == 0 || keys.Exists(k => k.Id == id);

    /// <summary>Whether one of the keys of that id made this signature with that algorithm.</summary>
    public bool Signed(string id, string algorithm, byte[] signed, byte[] signature) =>
        keys.Exists(k => (id.Length == 0 || k.Id == id) && (k.Algorithm.Length == 0 || k.Algorithm == algorithm) && Fits(k.Key, algorithm, signed, signature));

    private static bool Fits(AsymmetricAlgorithm key, string algorithm, byte[] signed, byte[] signature)
    {
        var hash = algorithm[2..] switch { "256" => HashAlgorithmName.SHA256, "384" => HashAlgorithmName.SHA384, _ => HashAlgorithmName.SHA512 };
        return (algorithm[..2], key) switch
        {
            ("RS", RSA rsa) => rsa.VerifyData(signed, signature, hash, RSASignaturePadding.Pkcs1),
            ("PS", RSA rsa) => rsa.VerifyData(signed, signature, hash, RSASignaturePadding.Pss),
            ("ES", ECDsa curve) => curve.KeySize == (algorithm == "ES512" ? 521 : int.Parse(algorithm[2..], System.Globalization.CultureInfo.InvariantCulture))
                && curve.VerifyData(signed, signature, hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation),
            _ => false,
        };
    }

    private static AsymmetricAlgorithm? Of(JsonMap key)
    {
        try
        {
            switch (key.Text("kty"))
            {
                case "RSA":
                    var rsa = RSA.Create(new RSAParameters { Modulus = Bytes(key, "n"), Exponent = Bytes(key, "e") });
                    return rsa.KeySize >= LeastRsaBits ? rsa : null;
                case "EC" when Curve(key.Text("crv")) is { } curve:
                    return ECDsa.Create(new ECParameters { Curve = curve, Q = new ECPoint { X = Bytes(key, "x"), Y = Bytes(key, "y") } });
                default:
                    return null;
            }
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            return null;
        }
    }

    private static ECCurve? Curve(string? name) => name switch
    {
        "P-256" => ECCurve.NamedCurves.nistP256,
        "P-384" => ECCurve.NamedCurves.nistP384,
        "P-521" => ECCurve.NamedCurves.nistP521,
        _ => null,
    };

    private static byte[] Bytes(JsonMap key, string member) => Base64Url.DecodeFromChars(key.Text(member) ?? throw new FormatException());
}
