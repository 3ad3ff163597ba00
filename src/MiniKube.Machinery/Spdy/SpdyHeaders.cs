using System.Buffers.Binary;
using System.Text;

namespace MiniKube.Machinery.Spdy;

/// <summary>Blocks of names and values as SPDY/3.1 packs them: zlib with a dictionary both sides know, one stream per direction for the whole connection.</summary>
public sealed class SpdyHeaders
{
    private const uint DictionaryChecksum = 0xE3C6A7C2;

    private static readonly byte[] Dictionary = MakeDictionary();

    private readonly Inflater inflater = new(Dictionary);
    private bool readFirst;
    private bool wroteFirst;

    public Dictionary<string, string> Read(ReadOnlySpan<byte> block)
    {
        // The first block carries the head of the zlib stream and names the dictionary.
        if (!readFirst)
        {
            var withDictionary = block.Length >= 6 && (block[1] & 0x20) != 0;
            block = block[(withDictionary ? 6 : 2)..];
            readFirst = true;
        }
        var plain = inflater.Inflate(block.ToArray()).AsSpan();
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var count = BinaryPrimitives.ReadUInt32BigEndian(plain);
        var at = 4;
        for (var i = 0u; i < count; i++)
        {
            var name = Text(plain, ref at);
            headers[name] = Text(plain, ref at);
        }
        return headers;
    }

    /// <summary>Stored, not compressed: the few answers aren't worth more.</summary>
    public byte[] Write(IReadOnlyCollection<KeyValuePair<string, string>> headers)
    {
        var plain = new List<byte>();
        Add32(plain, (uint)headers.Count);
        foreach (var (name, value) in headers)
        {
            foreach (var text in (string[])[name, value])
            {
                Add32(plain, (uint)Encoding.UTF8.GetByteCount(text));
                plain.AddRange(Encoding.UTF8.GetBytes(text));
            }
        }
        var block = new List<byte>();
        if (!wroteFirst)
        {
            block.AddRange([0x78, 0x20]);
            Add32(block, DictionaryChecksum);
            wroteFirst = true;
        }
        block.AddRange([0, (byte)plain.Count, (byte)(plain.Count >> 8), (byte)~plain.Count, (byte)(~plain.Count >> 8), .. plain]);
        // An empty block makes the reader hand out what it has.
        block.AddRange([0, 0, 0, 0xFF, 0xFF]);
        return [.. block];
    }

    private static string Text(ReadOnlySpan<byte> plain, ref int at)
    {
        var length = (int)BinaryPrimitives.ReadUInt32BigEndian(plain[at..]);
        var text = Encoding.UTF8.GetString(plain.Slice(at + 4, length));
        at += 4 + length;
        return text;
    }

    private static void Add32(List<byte> target, uint value) => target.AddRange([(byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value]);

    /// <summary>The dictionary of the protocol: header names with their lengths before them, then common values. Its Adler-32 is checked by a test.</summary>
    internal static byte[] MakeDictionary()
    {
        const string names = "options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age allow authorization cache-control "
            + "connection content-base content-encoding content-language content-length content-location content-md5 content-range content-type date etag expect expires from "
            + "host if-match if-modified-since if-none-match if-range if-unmodified-since last-modified location max-forwards pragma proxy-authenticate proxy-authorization range "
            + "referer retry-after server te trailer transfer-encoding upgrade user-agent vary via warning www-authenticate method get status 200_OK version HTTP/1.1 url public "
            + "set-cookie keep-alive origin";
        const string values = "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505203 Non-Authoritative Information204 No Content"
            + "301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented503 Service UnavailableJan Feb Mar Apr May Jun "
            + "Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMTchunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,"
            + "text/javascript,publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.";
        var bytes = new List<byte>();
        foreach (var name in names.Split(' '))
        {
            Add32(bytes, (uint)name.Length);
            bytes.AddRange(Encoding.ASCII.GetBytes(name.Replace('_', ' ')));
        }
        bytes.AddRange(Encoding.ASCII.GetBytes(values));
        return [.. bytes];
    }
}
