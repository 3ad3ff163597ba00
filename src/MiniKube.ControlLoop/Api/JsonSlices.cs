using System.Text.Json;
using MiniKube.Machinery;

namespace MiniKube.ControlLoop;

/// <summary>Cuts lists and watch events into the bytes of their objects without building trees.</summary>
public static class JsonSlices
{
    public static ApiList List(ReadOnlyMemory<byte> json)
    {
        var reader = new Utf8JsonReader(json.Span);
        var items = new List<ReadOnlyMemory<byte>>();
        string version = "", more = "";
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("items"u8))
            {
                reader.Read();
                if (reader.TokenType != JsonTokenType.StartArray) continue;
                while (reader.Read() && reader.TokenType == JsonTokenType.StartObject) items.Add(Value(json, ref reader));
            }
            else if (reader.ValueTextEquals("metadata"u8))
            {
                reader.Read();
                var metadata = JsonReader.ReadMap(Value(json, ref reader).Span);
                version = metadata.Text("resourceVersion") ?? "";
                more = metadata.Text("continue") ?? "";
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }
        return new(items, version, more.Length == 0 ? null : more);
    }

    public static ApiEvent Event(ReadOnlyMemory<byte> line)
    {
        var reader = new Utf8JsonReader(line.Span);
        var type = EventType.Error;
        ReadOnlyMemory<byte> value = default;
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("type"u8))
            {
                reader.Read();
                type = Enum.TryParse<EventType>(reader.GetString(), ignoreCase: true, out var known) ? known : EventType.Error;
            }
            else
            {
                var isObject = reader.ValueTextEquals("object"u8);
                reader.Read();
                var slice = Value(line, ref reader);
                if (isObject) value = slice;
            }
        }
        return type == EventType.Error
            ? new(type, value, ApiError.FromStatus(value.IsEmpty ? [] : JsonReader.ReadMap(value.Span)))
            : new(type, value);
    }

    private static ReadOnlyMemory<byte> Value(ReadOnlyMemory<byte> json, ref Utf8JsonReader reader)
    {
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return json[start..(int)reader.BytesConsumed];
    }
}
