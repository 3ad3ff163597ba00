using System.Text.Json;
using System.Text.Json.Serialization;
using MiniKube.Machinery;

namespace MiniKube.Kinds;

/// <summary>Fields that hold any JSON stay trees.</summary>
internal sealed class TreeJson : JsonConverter<Json>
{
    public override bool HandleNull => false;

    public override bool CanConvert(Type typeToConvert) => typeof(Json).IsAssignableFrom(typeToConvert);

    public override Json Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => JsonReader.ReadValue(ref reader);

    public override void Write(Utf8JsonWriter writer, Json value, JsonSerializerOptions options) => JsonWriter.Write(writer, value);
}
