using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using MiniKube.Kinds.Meta;
using MiniKube.Machinery;

namespace MiniKube.Kinds;

/// <summary>
/// Stored bytes to typed records and back: upstream's member names, nulls left out, unknown members ignored, and so are the managed
/// fields: they would be half of what is read, and a write that doesn't mention them leaves them to the server.
/// </summary>
public static class KubeJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = new FirstLetterSmall(),
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = JsonReader.MaxDepth,
        Converters = { new TimeJson(), new TreeJson() },
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { WithoutManagedFields } },
    };

    /// <exception cref="JsonException">The bytes don't have the record's shape; stored objects always do.</exception>
    public static T Read<T>(ReadOnlySpan<byte> utf8) =>
        JsonSerializer.Deserialize<T>(utf8, Options) ?? throw new JsonException("null where an object was expected");

    public static byte[] Write<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, Options);

    public static JsonMap ToTree<T>(T value) => JsonReader.ReadMap(Write(value));

    public static T FromTree<T>(JsonMap tree) => Read<T>(JsonWriter.ToUtf8(tree));

    /// <summary>Upstream's names differ from ours in the first letter only ("podIP", "clusterIPs").</summary>
    internal static string MemberName(string propertyName) => char.ToLowerInvariant(propertyName[0]) + propertyName[1..];

    private static void WithoutManagedFields(JsonTypeInfo type)
    {
        if (type.Type != typeof(ObjectMeta)) return;
        for (var i = type.Properties.Count - 1; i >= 0; i--)
            if (type.Properties[i].Name == "managedFields") type.Properties.RemoveAt(i);
    }

    private sealed class FirstLetterSmall : JsonNamingPolicy
    {
        public override string ConvertName(string name) => MemberName(name);
    }
}
