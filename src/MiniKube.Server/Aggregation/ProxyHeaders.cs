using System.Net.Http.Headers;
using System.Text;

namespace MiniKube.Server.Aggregation;

/// <summary>
/// Who asks, in the headers of a front proxy. Each group is a header line of its own, or servers would take them for one with commas in its
/// name; but .NET's client joins the lines of one name. So they go in as one value, and where it is written out its parts become lines.
/// </summary>
internal static class ProxyHeaders
{
    private const char Between = '\uE000';
    private const string Prefix = "X-Remote-";
    private static readonly char[] Unspeakable = ['\r', '\n', '\0', Between];

    /// <summary>False for somebody whose name can't be said in a header.</summary>
    public static bool Name(HttpRequestHeaders headers, UserInfo user)
    {
        if (!Add(headers, Prefix + "User", [user.Name])) return false;
        if (user.Uid.Length > 0 && !Add(headers, Prefix + "Uid", [user.Uid])) return false;
        if (user.Groups.Count > 0 && !Add(headers, Prefix + "Group", user.Groups)) return false;
        foreach (var (key, values) in user.Extra)
            if (values.Count > 0 && !Add(headers, $"{Prefix}Extra-{Uri.EscapeDataString(key)}", values)) return false;
        return true;
    }

    /// <summary>How the values of a header are written.</summary>
    public static Encoding EncodingOf(string header) => header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? new Lines(header) : Encoding.UTF8;

    private static bool Add(HttpRequestHeaders headers, string name, IEnumerable<string> values)
    {
        headers.Remove(name);
        return !values.Any(v => v.IndexOfAny(Unspeakable) >= 0) && headers.TryAddWithoutValidation(name, string.Join(Between, values));
    }

    private sealed class Lines(string header) : Encoding
    {
        private string Whole(ReadOnlySpan<char> value) => value.ToString().Replace(Between.ToString(), $"\r\n{header}: ", StringComparison.Ordinal);

        public override int GetByteCount(char[] chars, int index, int count) => UTF8.GetByteCount(Whole(chars.AsSpan(index, count)));

        public override int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex) => UTF8.GetBytes(Whole(chars.AsSpan(charIndex, charCount)), bytes.AsSpan(byteIndex));

        public override int GetMaxByteCount(int charCount) => charCount * (header.Length + 4 + 3) + 3;

        public override int GetCharCount(byte[] bytes, int index, int count) => UTF8.GetCharCount(bytes, index, count);

        public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex) => UTF8.GetChars(bytes, byteIndex, byteCount, chars, charIndex);

        public override int GetMaxCharCount(int byteCount) => UTF8.GetMaxCharCount(byteCount);
    }
}
