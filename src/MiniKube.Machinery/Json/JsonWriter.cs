using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace MiniKube.Machinery;

/// <summary>Tree to UTF-8, compact, members in the order they stand.</summary>
public static class JsonWriter
{
    private static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
        MaxDepth = JsonReader.MaxDepth + 8,
    };

    [ThreadStatic] private static ArrayBufferWriter<byte>? buffer;
    [ThreadStatic] private static Utf8JsonWriter? writer;

    public static byte[] ToUtf8(Json value) => Use(value, static bytes => bytes.ToArray());

    /// <summary>Hands out the bytes where they lie; they are gone when the user returns.</summary>
    public static T Use<T>(Json value, Func<ReadOnlySpan<byte>, T> user)
    {
        var target = buffer ??= new ArrayBufferWriter<byte>(4096);
        target.ResetWrittenCount();
        Write(target, value);
        var made = user(target.WrittenSpan);
        // One huge object must not pin its buffer to the thread for ever.
        if (target.Capacity > 256 * 1024) buffer = null;
        return made;
    }

    public static string ToText(Json value) => Encoding.UTF8.GetString(ToUtf8(value));

    public static void Write(IBufferWriter<byte> target, Json value)
    {
        var json = writer ??= new Utf8JsonWriter(Stream.Null, Options);
        json.Reset(target);
        Write(json, value);
        json.Flush();
        json.Reset(Stream.Null);
    }

    public static void Write(Utf8JsonWriter json, Json value)
    {
        switch (value)
        {
            case JsonMap map:
                json.WriteStartObject();
                foreach (var (key, member) in map)
                {
                    json.WritePropertyName(key);
                    Write(json, member);
                }
                json.WriteEndObject();
                break;
            case JsonList list:
                json.WriteStartArray();
                foreach (var item in list) Write(json, item);
                json.WriteEndArray();
                break;
            case JsonText text:
                json.WriteStringValue(text.Value);
                break;
            case JsonNumber { IsWhole: true } number:
                json.WriteNumberValue(number.Whole);
                break;
            case JsonNumber number:
                json.WriteNumberValue(number.Real);
                break;
            case JsonBool b:
                json.WriteBooleanValue(b.Value);
                break;
            default:
                json.WriteNullValue();
                break;
        }
    }
}
