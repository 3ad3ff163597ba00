using System.Security.Cryptography;
using MiniKube.Server.Pki;

namespace MiniKube.Server.AtRest;

/// <summary>
/// The keys that values on the disk are sealed with, in a file of lines "id key", newest first. A key is in the file
/// before anything is sealed with it, and leaves it only when nothing needs it any more.
/// </summary>
public sealed class KeyRing
{
    private const int KeyBytes = 32;

    private readonly string path;
    private volatile IReadOnlyList<(uint Id, byte[] Key)> keys;

    private KeyRing(string path, IReadOnlyList<(uint, byte[])> keys) => (this.path, this.keys) = (path, keys);

    public (uint Id, byte[] Key) Newest => keys[0];

    public int Count => keys.Count;

    /// <summary>The keys of a file; made with one key when there is none. Throws InvalidDataException when it is not such a file.</summary>
    public static KeyRing Open(string path)
    {
        if (File.Exists(path)) return new KeyRing(path, [.. File.ReadLines(path).Where(l => l.Length > 0).Select(l => Read(path, l))]);
        PrivateFile.MakeDirectory(Path.GetDirectoryName(path)!);
        var ring = new KeyRing(path, [(1, RandomNumberGenerator.GetBytes(KeyBytes))]);
        ring.Write(ring.keys);
        return ring;
    }

    public byte[]? Find(uint id)
    {
        foreach (var (known, key) in keys)
            if (known == id) return key;
        return null;
    }

    /// <summary>A new key seals from here on; the others go on opening.</summary>
    public void Rotate()
    {
        IReadOnlyList<(uint, byte[])> more = [(keys.Max(k => k.Id) + 1, RandomNumberGenerator.GetBytes(KeyBytes)), .. keys];
        Write(more);
        keys = more;
    }

    /// <summary>Keeps the newest only: to be called when everything is sealed anew. Older backups can't be opened without the others.</summary>
    public void ForgetOld()
    {
        IReadOnlyList<(uint, byte[])> one = [keys[0]];
        Write(one);
        keys = one;
    }

    private void Write(IReadOnlyList<(uint Id, byte[] Key)> all) =>
        PrivateFile.Write(path, string.Concat(all.Select(k => FormattableString.Invariant($"{k.Id} {Convert.ToBase64String(k.Key)}\n"))));

    private static (uint, byte[]) Read(string path, string line)
    {
        var key = new byte[KeyBytes];
        return line.Split(' ') is [var id, var text] && uint.TryParse(id, out var number) && Convert.TryFromBase64String(text, key, out var length) && length == KeyBytes
            ? (number, key)
            : throw new InvalidDataException($"{path} is damaged: every line should be a number and a key; restore it from a copy, secrets can't be read without it");
    }
}
