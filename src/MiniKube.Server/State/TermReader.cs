using System.Text.Json;
using MiniKube.Machinery;
using MiniKube.Store;

namespace MiniKube.Server;

/// <summary>Takes out of an object's bytes what selectors will ask: labels, and the fields its kind lets be selected.</summary>
internal static class TermReader
{
    public static Terms Of(Kind? kind, ReadOnlySpan<byte> value)
    {
        if (kind is not { SelectableFields.Count: > 0 }) return Labels(value) is { Length: > 0 } labels ? new Terms(labels, []) : Terms.None;
        return Of(kind, JsonReader.ReadMap(value));
    }

    /// <summary>The same from a tree that somebody has at hand.</summary>
    public static Terms Of(Kind kind, JsonMap obj)
    {
        var fields = new string[kind.SelectableFields.Count * 2];
        for (var i = 0; i < kind.SelectableFields.Count; i++)
        {
            fields[i * 2] = kind.SelectableFields[i].Path;
            fields[i * 2 + 1] = kind.SelectableFields[i].Read(obj);
        }
        return new Terms(Pairs(obj.Map("metadata")?.Map("labels")), fields);
    }

    internal static string[] Pairs(JsonMap? labels)
    {
        if (labels is null) return [];
        var pairs = new string[labels.Count * 2];
        for (var i = 0; i < labels.Count; i++)
        {
            pairs[i * 2] = labels.At(i).Key;
            pairs[i * 2 + 1] = (labels.At(i).Value as JsonText)?.Value ?? "";
        }
        return pairs;
    }

    /// <summary>metadata.labels without building the rest of the tree.</summary>
    private static string[] Labels(ReadOnlySpan<byte> value)
    {
        var reader = new Utf8JsonReader(value, new JsonReaderOptions { MaxDepth = JsonReader.MaxDepth });
        if (!reader.Read() || !Enter(ref reader, "metadata"u8) || !Enter(ref reader, "labels"u8)) return [];
        var pairs = new List<string>();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            pairs.Add(string.Intern(reader.GetString()!));
            reader.Read();
            pairs.Add(reader.TokenType == JsonTokenType.String ? reader.GetString()! : "");
        }
        return [.. pairs];
    }

    /// <summary>From the start of an object to the start of the member's object; false when there is none.</summary>
    private static bool Enter(ref Utf8JsonReader reader, ReadOnlySpan<byte> member)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var found = reader.ValueTextEquals(member);
            reader.Read();
            if (found) return reader.TokenType == JsonTokenType.StartObject;
            reader.Skip();
        }
        return false;
    }
}
