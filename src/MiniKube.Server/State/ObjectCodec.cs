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

    private static readonly ConditionalWeakTable<Entry, JsonMap> Trees = [];

    /// <summary>The bytes to store: kind, apiVersion and metadata first, in upstream's order.</summary>
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

        var bytes = JsonWriter.ToUtf8(whole);
        var at = bytes.AsSpan().IndexOf(QuotedHole);
        // Keep the quotes, take the placeholder out: the writer splices the digits in between.
        var template = new byte[bytes.Length - Hole.Length];
        bytes.AsSpan(0, at + 1).CopyTo(template);
        bytes.AsSpan(at + 1 + Hole.Length).CopyTo(template.AsSpan(at + 1));
        return new Template(template, at + 1);
    }

    /// <summary>The object of an entry, parsed once however many ask; not to be changed.</summary>
    public static JsonMap Shared(Entry entry) => Trees.GetValue(entry, static e => JsonReader.ReadMap(e.Value));

    /// <summary>The object of an entry as a tree of the caller's own.</summary>
    public static JsonMap Read(Entry entry) => JsonReader.ReadMap(entry.Value);
}
