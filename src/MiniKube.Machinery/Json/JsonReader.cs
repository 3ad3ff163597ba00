using System.Globalization;
using System.Text;
using System.Text.Json;

namespace MiniKube.Machinery;

/// <summary>UTF-8 to tree. Duplicate members: the last one wins and the path is reported to whoever asks.</summary>
public static class JsonReader
{
    public const int MaxDepth = 1000;

    /// <exception cref="JsonException">The text is not JSON, is nested too deeply or is not UTF-8.</exception>
    public static Json Read(ReadOnlySpan<byte> utf8, Action<string>? onDuplicate = null)
    {
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = MaxDepth });
        if (!reader.Read()) throw new JsonException("unexpected end of JSON input");
        var root = ReadValue(ref reader, onDuplicate is null ? null : new Trail(onDuplicate));
        if (reader.Read()) throw new JsonException("invalid character after top-level value");
        return root;
    }

    public static JsonMap ReadMap(ReadOnlySpan<byte> utf8) =>
        Read(utf8) as JsonMap ?? throw new JsonException("the JSON value is not an object");

    public static Json Parse(string text) => Read(Encoding.UTF8.GetBytes(text));

    public static JsonMap ParseMap(string text) => ReadMap(Encoding.UTF8.GetBytes(text));

    /// <summary>The value that a reader stands on.</summary>
    public static Json ReadValue(ref Utf8JsonReader reader) => ReadValue(ref reader, null);

    private static Json ReadValue(ref Utf8JsonReader reader, Trail? trail)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                var map = new JsonMap();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    var key = Names.Of(ref reader);
                    reader.Read();
                    trail?.Enter(key);
                    if (trail is not null && map.Has(key)) trail.Report();
                    map.Set(key, ReadValue(ref reader, trail));
                    trail?.Leave();
                }
                return map;
            case JsonTokenType.StartArray:
                var list = new JsonList();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    trail?.Enter(list.Count);
                    list.Add(ReadValue(ref reader, trail));
                    trail?.Leave();
                }
                return list;
            case JsonTokenType.String:
                return Words.Of(ref reader);
            case JsonTokenType.Number:
                return ReadNumber(ref reader);
            case JsonTokenType.True:
                return JsonBool.True;
            case JsonTokenType.False:
                return JsonBool.False;
            default:
                return Json.Null;
        }
    }

    private static JsonNumber ReadNumber(ref Utf8JsonReader reader)
    {
        if (reader.TryGetInt64(out var whole)) return JsonNumber.Of(whole);
        var real = double.Parse(Encoding.UTF8.GetString(reader.ValueSpan), NumberStyles.Float, CultureInfo.InvariantCulture);
        return double.IsFinite(real)
            ? new JsonNumber(real)
            : throw new JsonException($"cannot represent the number {Encoding.UTF8.GetString(reader.ValueSpan)}");
    }

    /// <summary>Where in the text the reader is, put into words only when somebody wants to know.</summary>
    private sealed class Trail(Action<string> onDuplicate)
    {
        private readonly FieldTrail at = new();

        public void Enter(string member) => at.Enter(member);
        public void Enter(int item) => at.Enter(item);
        public void Leave() => at.Leave();
        public void Report() => onDuplicate(at.ToString());
    }

    /// <summary>Member names repeat endlessly; one string serves them all.</summary>
    private static class Names
    {
        private const int Slots = 4096;
        private static readonly string?[] Seen = new string?[Slots];

        public static string Of(ref Utf8JsonReader reader)
        {
            var span = reader.ValueSpan;
            if (reader.ValueIsEscaped || span.Length is 0 or > 40) return reader.GetString()!;
            var hash = 17u;
            foreach (var b in span)
            {
                if (b >= 0x80) return reader.GetString()!;
                hash = hash * 31 + b;
            }
            ref var slot = ref Seen[hash % Slots];
            if (slot is { } known && known.Length == span.Length && Ascii.Equals(span, known)) return known;
            return slot = Encoding.ASCII.GetString(span);
        }
    }

    /// <summary>Short texts such as "True", "Update" or "TCP" repeat nearly as much as names.</summary>
    private static class Words
    {
        private const int Longest = 24;
        private const int Slots = 2048;
        private static readonly JsonText?[] Seen = new JsonText?[Slots];

        public static JsonText Of(ref Utf8JsonReader reader)
        {
            var span = reader.ValueSpan;
            if (reader.ValueIsEscaped || span.Length > Longest) return new(reader.GetString()!);
            var hash = 17u;
            foreach (var b in span)
            {
                if (b >= 0x80) return new(reader.GetString()!);
                hash = hash * 31 + b;
            }
            ref var slot = ref Seen[hash % Slots];
            if (slot is { } known && known.Value.Length == span.Length && Ascii.Equals(span, known.Value)) return known;
            return slot = new(Encoding.ASCII.GetString(span));
        }
    }
}
