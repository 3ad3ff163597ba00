using System.Buffers;
using System.Text;
using MiniKube.Machinery;

namespace MiniKube.Server.OpenApi;

/// <summary>The version 2 document in the protobuf form that kubectl asks for: gnostic's openapi.v2 messages.</summary>
internal static class OpenApiWire
{
    /// <summary>The document of its info and the parts that <see cref="Paths"/> and <see cref="Definition"/> made.</summary>
    public static byte[] Document(JsonMap info, IReadOnlyList<byte[]> paths, IReadOnlyList<byte[]> definitions)
    {
        var wire = new Message();
        wire.Text(1, "2.0");
        wire.Nested(2, Info(info));
        wire.Joined(8, paths);
        wire.Joined(9, definitions);
        return wire.ToArray();
    }

    public static byte[] Paths(JsonMap paths)
    {
        var wire = new Message();
        foreach (var (path, item) in paths) wire.Nested(2, Named(path, PathItem((JsonMap)item)));
        return wire.ToArray();
    }

    public static byte[] Definition(string name, JsonMap schema)
    {
        var wire = new Message();
        wire.Nested(1, Named(name, Schema(schema)));
        return wire.ToArray();
    }

    private static Message Info(JsonMap info)
    {
        var wire = new Message();
        wire.Text(1, info.Text("title"));
        wire.Text(2, info.Text("version"));
        return wire;
    }

    private static Message Named(string name, Message value)
    {
        var wire = new Message();
        wire.Text(1, name);
        wire.Nested(2, value);
        return wire;
    }

    private static Message PathItem(JsonMap item)
    {
        var wire = new Message();
        foreach (var (method, number) in new[] { ("get", 2), ("put", 3), ("post", 4), ("delete", 5), ("patch", 8) })
            if (item.Map(method) is { } operation) wire.Nested(number, Operation(operation));
        foreach (var parameter in (item.List("parameters") ?? []).Maps()) wire.Nested(9, Parameter(parameter));
        return wire;
    }

    private static Message Operation(JsonMap operation)
    {
        var wire = new Message();
        wire.Text(5, operation.Text("operationId"));
        foreach (var type in (operation.List("produces") ?? []).Texts()) wire.Text(6, type);
        foreach (var type in (operation.List("consumes") ?? []).Texts()) wire.Text(7, type);
        foreach (var parameter in (operation.List("parameters") ?? []).Maps()) wire.Nested(8, Parameter(parameter));
        var responses = new Message();
        foreach (var (code, response) in operation.Map("responses")!)
        {
            var body = new Message();
            body.Text(1, ((JsonMap)response).Text("description"));
            if (((JsonMap)response).Map("schema") is { } schema)
            {
                var item = new Message();
                item.Nested(1, Schema(schema));
                body.Nested(2, item);
            }
            var value = new Message();
            value.Nested(1, body);
            responses.Nested(1, Named(code, value));
        }
        wire.Nested(9, responses);
        Extensions(wire, 13, operation);
        return wire;
    }

    private static Message Parameter(JsonMap parameter)
    {
        var place = parameter.Text("in");
        var inner = new Message();
        var wire = new Message();
        if (place == "body")
        {
            inner.Text(2, parameter.Text("name"));
            inner.Text(3, place);
            inner.Bool(4, true);
            inner.Nested(5, Schema(parameter.Map("schema")!));
            wire.Nested(1, inner);
        }
        else
        {
            if (parameter.Bool("required") == true) inner.Bool(1, true);
            inner.Text(2, place);
            inner.Text(4, parameter.Text("name"));
            inner.Text(place == "path" ? 5 : 6, parameter.Text("type"));
            var any = new Message();
            any.Nested(place == "path" ? 4 : 3, inner);
            wire.Nested(2, any);
        }
        var item = new Message();
        item.Nested(1, wire);
        return item;
    }

    private static Message Schema(JsonMap schema)
    {
        var wire = new Message();
        wire.Text(1, schema.Text("$ref"));
        wire.Text(2, schema.Text("format"));
        wire.Text(4, schema.Text("description"));
        foreach (var name in (schema.List("required") ?? []).Texts()) wire.Text(19, name);
        if (schema.Map("additionalProperties") is { } values)
        {
            var item = new Message();
            item.Nested(1, Schema(values));
            wire.Nested(21, item);
        }
        if (schema.Text("type") is { } type)
        {
            var item = new Message();
            item.Text(1, type);
            wire.Nested(22, item);
        }
        if (schema.Map("items") is { } items)
        {
            var item = new Message();
            item.Nested(1, Schema(items));
            wire.Nested(23, item);
        }
        if (schema.Map("properties") is { } properties)
        {
            var all = new Message();
            foreach (var (name, property) in properties) all.Nested(1, Named(name, Schema((JsonMap)property)));
            wire.Nested(25, all);
        }
        Extensions(wire, 31, schema);
        return wire;
    }

    private static void Extensions(Message wire, int number, JsonMap from)
    {
        foreach (var (key, value) in from)
        {
            if (!key.StartsWith("x-", StringComparison.Ordinal)) continue;
            var any = new Message();
            any.Text(2, value.ToString() + "\n");
            wire.Nested(number, Named(key, any));
        }
    }

    private sealed class Message
    {
        private readonly ArrayBufferWriter<byte> buffer = new();

        public byte[] ToArray() => buffer.WrittenSpan.ToArray();

        public void Text(int number, string? text)
        {
            if (string.IsNullOrEmpty(text)) return;
            Bytes(number, Encoding.UTF8.GetBytes(text));
        }

        public void Nested(int number, Message message) => Bytes(number, message.buffer.WrittenSpan);

        /// <summary>A message whose fields were written before, in parts.</summary>
        public void Joined(int number, IReadOnlyList<byte[]> parts)
        {
            Varint(((uint)number << 3) | 2);
            Varint((uint)parts.Sum(p => p.Length));
            foreach (var part in parts) buffer.Write(part);
        }

        public void Bool(int number, bool value)
        {
            Varint((uint)number << 3);
            Varint(value ? 1u : 0u);
        }

        private void Bytes(int number, ReadOnlySpan<byte> bytes)
        {
            Varint(((uint)number << 3) | 2);
            Varint((uint)bytes.Length);
            buffer.Write(bytes);
        }

        private void Varint(uint value)
        {
            Span<byte> bytes = stackalloc byte[5];
            var length = 0;
            for (; value >= 0x80; value >>= 7) bytes[length++] = (byte)(value | 0x80);
            bytes[length++] = (byte)value;
            buffer.Write(bytes[..length]);
        }
    }
}
