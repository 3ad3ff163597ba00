using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using MiniKube.Store;

namespace MiniKube.Server.AtRest;

/// <summary>
/// AES-256-GCM for the values of some collections: magic, key id, nonce, tag, ciphertext. The object's key is
/// authenticated along, so no value can be put in another's place.
/// </summary>
public sealed class AesSealer(KeyRing keys, IReadOnlySet<string> collections) : ISealer
{
    public static readonly IReadOnlySet<string> Secrets = new HashSet<string>(StringComparer.Ordinal) { "secrets" };
    public static readonly IReadOnlySet<string> Nothing = new HashSet<string>(StringComparer.Ordinal);

    // No JSON begins with it.
    private static ReadOnlySpan<byte> Magic => "\0mk-gcm1"u8;

    private const int IdAt = 8;
    private const int NonceAt = IdAt + 4;
    private const int TagAt = NonceAt + 12;
    private const int TextAt = TagAt + 16;

    /// <summary>True when something was opened that should be sealed otherwise than it is.</summary>
    public bool SawStale { get; private set; }

    public byte[]? Seal(ObjectKey key, ReadOnlySpan<byte> value)
    {
        if (!collections.Contains(key.Collection)) return null;
        var (id, secret) = keys.Newest;
        var stored = new byte[TextAt + value.Length];
        var span = stored.AsSpan();
        Magic.CopyTo(span);
        BinaryPrimitives.WriteUInt32LittleEndian(span[IdAt..], id);
        RandomNumberGenerator.Fill(span[NonceAt..TagAt]);
        using var aes = new AesGcm(secret, TextAt - TagAt);
        aes.Encrypt(span[NonceAt..TagAt], value, span[TextAt..], span[TagAt..TextAt], Name(key));
        return stored;
    }

    public byte[]? Open(ObjectKey key, ReadOnlySpan<byte> stored)
    {
        if (!IsFresh(key, stored)) SawStale = true;
        if (!stored.StartsWith(Magic)) return stored.ToArray();
        if (stored.Length < TextAt || keys.Find(BinaryPrimitives.ReadUInt32LittleEndian(stored[IdAt..])) is not { } secret) return null;
        var value = new byte[stored.Length - TextAt];
        using var aes = new AesGcm(secret, TextAt - TagAt);
        try
        {
            aes.Decrypt(stored[NonceAt..TagAt], stored[TextAt..], stored[TagAt..TextAt], value, Name(key));
            return value;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }

    public bool IsFresh(ObjectKey key, ReadOnlySpan<byte> stored) => collections.Contains(key.Collection)
        ? stored.StartsWith(Magic) && stored.Length >= TextAt && BinaryPrimitives.ReadUInt32LittleEndian(stored[IdAt..]) == keys.Newest.Id
        : !stored.StartsWith(Magic);

    private static byte[] Name(ObjectKey key) => Encoding.UTF8.GetBytes($"{key.Collection}\0{key.Namespace}\0{key.Name}");
}
