using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using MiniKube.Machinery;

namespace MiniKube.Kinds;

/// <summary>Stored bytes to typed records and back: upstream's member names, nulls left out, unknown members ignored.</summary>
public static class KubeJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = new FirstLetterSmall(),
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = JsonReader.MaxDepth,
        Converters = { new TimeJson(), new TreeJson() },
    };

    /// <exception cref="JsonException">The bytes don't have the record's shape; stored objects always do.</exception>
    public static T Read<T>(ReadOnlySpan<byte> utf8) =>
        JsonSerializer.Deserialize<T>(utf8, Options) ?? throw new JsonException("null where an object was expected");

    public static byte[] Write<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, Options);

    public static JsonMap ToTree<T>(T value) => JsonReader.ReadMap(Write(value));

    public static T FromTree<T>(JsonMap tree) => Read<T>(JsonWriter.ToUtf8(tree));

    /// <summary>Upstream's names differ from ours in the first letter only ("podIP", "clusterIPs").</summary>
    internal static string MemberName(string propertyName) => char.ToLowerInvariant(propertyName[0]) + propertyName[1..];

    private sealed class FirstLetterSmall : JsonNamingPolicy
    {
        public override string ConvertName(string name) => MemberName(name);
    }
}
