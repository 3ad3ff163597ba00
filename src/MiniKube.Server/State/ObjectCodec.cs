using System.Runtime.CompilerServices;
using System.Text;
using MiniKube.Machinery;
using MiniKube.Store;

namespace MiniKube.Server;

/// <summary>Between trees and stored bytes. A stored object carries its own revision, which only the store's writer knows: the bytes leave a hole for it.</summary>
public static class ObjectCodec
{
    // Stands in metadata right behind fields whose characters are checked, so its first occurrence is the hole.
    private const string Hole = "~revision~";
    private static readonly byte[] QuotedHole = Encoding.ASCII.GetBytes($"\"{Hole}\"");

    private static readonly string[] MetadataOrder = ["name", "generateName", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp",
        "deletionTimestamp", "deletionGracePeriodSeconds"];

    // The trees of what was asked for lately. Weak tables would keep a tree for as long as its entry lives, which of most
    // entries is for nothing, and every collection has to go through them.
    private const int Recent = 2048;
    private static readonly Parsed?[] Trees = new Parsed?[Recent];
    private static readonly ConditionalWeakTable<Entry, JsonMap> Lasting = [];

    /// <summary>The bytes to store: kind, apiVersion and metadata first, in upstream's order.</summary>
    public static Template Encode(Kind kind, JsonMap obj) =>
        kind.SelectableFields.Count == 0 ? Encode(obj) : Encode(obj) with { Terms = TermReader.Of(kind, obj) };

    /// <summary>The bytes alone.</summary>
    public static Template Encode(JsonMap obj)
    {
        var metadata = obj.Map("metadata") ?? [];
        var ordered = new JsonMap();
        foreach (var name in MetadataOrder)
        {
            if (name == "resourceVersion") ordered.Set(name, Hole);
            else if (metadata[name] is { } value) ordered.Set(name, value);
        }
        foreach (var (key, value) in metadata)
            if (key != "selfLink" && !ordered.Has(key)) ordered.Set(key, value);
        var whole = new JsonMap();
        whole.Set("kind", obj["kind"] ?? "");
        whole.Set("apiVersion", obj["apiVersion"] ?? "");
        whole.Set("metadata", ordered);
        foreach (var (key, value) in obj)
            if (!whole.Has(key)) whole.Set(key, value);

        return JsonWriter.Use(whole, static bytes =>
        {
            var at = bytes.IndexOf(QuotedHole);
            // Keep the quotes, take the placeholder out: the writer splices the digits in between.
            var template = new byte[bytes.Length - Hole.Length];
            bytes[..(at + 1)].CopyTo(template);
            bytes[(at + 1 + Hole.Length)..].CopyTo(template.AsSpan(at + 1));
            return new Template(template, at + 1);
        });
    }

    /// <summary>The object of an entry, parsed once however many ask at about the same time; not to be changed.</summary>
    public static JsonMap Shared(Entry entry)
    {
        ref var slot = ref Trees[entry.Revision % Recent];
        if (slot is { } known && known.Entry == entry) return known.Tree;
        var read = new Parsed(entry, JsonReader.ReadMap(entry.Value));
        slot = read;
        return read.Tree;
    }

    /// <summary>The same for what is asked for again and again as long as it stands: roles, flow schemas, definitions.</summary>
    public static JsonMap Kept(Entry entry) => Lasting.GetValue(entry, static e => JsonReader.ReadMap(e.Value));

    /// <summary>The object as its writer left it: whoever changes it next needs not read it again. Nobody changes this one any more.</summary>
    public static void Remember(Entry entry, JsonMap tree) => Trees[entry.Revision % Recent] = new(entry, tree);

    /// <summary>The object of an entry as a tree of the caller's own.</summary>
    public static JsonMap Read(Entry entry) => JsonReader.ReadMap(entry.Value);

    private sealed record Parsed(Entry Entry, JsonMap Tree);
}
