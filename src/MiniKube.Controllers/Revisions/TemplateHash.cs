using System.Text;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

/// <summary>
/// A short name for a template that stays the same as long as the template means the same: FNV-1a over the tree with
/// sorted members, in letters and digits that can't form words.
/// </summary>
public static class TemplateHash
{
    private const string Alphabet = "bcdfghjklmnpqrstvwxz2456789";
    private const uint Basis = 2166136261;
    private const uint Prime = 16777619;

    public static string Of(Json template, int? collisions = null)
    {
        var hash = Add(Basis, template);
        if (collisions is { } count) hash = Add(hash, $"#{count}");
        return string.Concat($"{hash}".Select(c => Alphabet[c % Alphabet.Length]));
    }

    private static uint Add(uint hash, Json value)
    {
        switch (value)
        {
            case JsonMap map:
                hash = Add(hash, "{");
                foreach (var (key, member) in map.OrderBy(m => m.Key, StringComparer.Ordinal)) hash = Add(Add(hash, key), member);
                return Add(hash, "}");
            case JsonList list:
                hash = Add(hash, "[");
                foreach (var item in list) hash = Add(hash, item);
                return Add(hash, "]");
            default:
                return Add(hash, value.ToString());
        }
    }

    private static uint Add(uint hash, string text)
    {
        foreach (var b in Encoding.UTF8.GetBytes(text)) hash = (hash ^ b) * Prime;
        return (hash ^ 0) * Prime;
    }
}
