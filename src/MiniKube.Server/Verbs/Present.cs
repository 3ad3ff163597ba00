using System.Text;
using MiniKube.Machinery;
using MiniKube.Store;

namespace MiniKube.Server;

/// <summary>Objects in the shape and version the client asked for.</summary>
internal static class Present
{
    /// <summary>The object is in the stored version and the caller's own.</summary>
    public static ApiResponse One(ServerContext server, Kind kind, Form form, JsonMap stored, int status)
    {
        var obj = ToVersion(kind, stored);
        Json body = form.Shape switch
        {
            Shape.Table => Tables.Of(kind, form, [obj], obj.Map("metadata")?.Text("resourceVersion") ?? "", server.Now),
            Shape.Metadata => Partial(obj, form),
            _ => obj,
        };
        return Encode(status, body, form);
    }

    /// <summary>The answer to a write: the stored bytes as they are, wherever that is what was asked for.</summary>
    public static async ValueTask<ApiResponse> Written(ServerContext server, Kind kind, Form form, Written written, int status)
    {
        if (form.IsPlain && kind.ShownAsStored && written.Entry is { } entry) return new ApiResponse.Bytes(status, entry.Value);
        var shown = await server.Converter.One(server, kind, written.Object);
        return shown.Error is { } fault ? fault : One(server, kind, form, shown.Value, status);
    }

    public static ApiResponse Encode(int status, Json body, Form form) => form.IsYaml
        ? new ApiResponse.Bytes(status, Encoding.UTF8.GetBytes(YamlWriter.Write(body)), form.MediaType)
        : ApiResponse.Of(status, body);

    public static JsonMap ToVersion(Kind kind, JsonMap stored)
    {
        if (kind.ShownAsStored) return stored;
        var shown = stored.CloneMap();
        if (kind.Conversion is { } conversion) shown = conversion.FromStored(shown);
        kind.Complete?.Invoke(shown);
        return shown;
    }

    public static JsonMap ToStored(Kind kind, JsonMap sent) => kind.Conversion is null ? sent : kind.Conversion.ToStored(sent);

    public static JsonMap Partial(JsonMap obj, Form form) => new()
    {
        { "kind", "PartialObjectMetadata" }, { "apiVersion", $"meta.k8s.io/{form.MetaVersion}" }, { "metadata", obj["metadata"] ?? new JsonMap() },
    };

    /// <summary>An entry as bytes in the wanted shape; the stored bytes themselves wherever that is the same.</summary>
    public static ReadOnlyMemory<byte> Bytes(Kind kind, Form form, Entry entry)
    {
        if (form.Shape == Shape.Object && kind.ShownAsStored) return entry.Value;
        var obj = ToVersion(kind, ObjectCodec.Read(entry));
        return JsonWriter.ToUtf8(form.Shape == Shape.Metadata ? Partial(obj, form) : obj);
    }
}
