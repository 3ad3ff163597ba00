using System.Buffers;
using System.Text.Json;
using MiniKube.Kubelet;

namespace MiniKube.Engines.Containerd;

/// <summary>What the runtime is told of a container.</summary>
internal static class RuntimeSpec
{
    public const string ProcessType = "types.containerd.io/opencontainers/runtime-spec/1/Process";

    /// <summary>One more process like the container's first: its user, rights, limits, directory and environment. What isn't changed is copied as it is written, as limits don't fit our numbers.</summary>
    public static ReadOnlyMemory<byte> Process(ReadOnlyMemory<byte> spec, ExecRequest request)
    {
        using var document = JsonDocument.Parse(spec);
        var buffer = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(buffer);
        var environment = new List<string>();
        writer.WriteStartObject();
        foreach (var member in document.RootElement.GetProperty("process").EnumerateObject())
        {
            if (member.NameEquals("env")) environment.AddRange(member.Value.EnumerateArray().Select(e => e.GetString()!));
            else if (!member.NameEquals("args") && !member.NameEquals("commandLine") && !member.NameEquals("terminal") && !member.NameEquals("consoleSize")) member.WriteTo(writer);
        }
        if (request.Tty)
        {
            environment.RemoveAll(e => e.StartsWith("TERM=", StringComparison.Ordinal));
            environment.Add("TERM=xterm");
        }
        writer.WriteBoolean("terminal", request.Tty);
        Texts("args", request.Command);
        Texts("env", environment);
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenMemory;

        void Texts(string name, IEnumerable<string> values)
        {
            writer.WriteStartArray(name);
            foreach (var value in values) writer.WriteStringValue(value);
            writer.WriteEndArray();
        }
    }
}
