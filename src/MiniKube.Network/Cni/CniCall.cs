using System.Text.Json;
using MiniKube.Machinery;
using MiniKube.Network.Bridge;

namespace MiniKube.Network.Cni;

/// <summary>What an engine asks of its network plugin: words in the environment, the configuration on the input.</summary>
internal sealed record CniCall(string Command, string Container, string Namespace, string Interface, string Version, string Socket, IReadOnlyList<PortMapping> Ports)
{
    public static readonly string[] Versions = ["0.3.0", "0.3.1", "0.4.0", "1.0.0"];

    /// <exception cref="CniException">It is no call that the specification knows.</exception>
    public static CniCall Read(Func<string, string?> environment, ReadOnlySpan<byte> input)
    {
        var command = environment("CNI_COMMAND") ?? "";
        if (command is not ("ADD" or "DEL" or "CHECK" or "VERSION")) throw new CniException(CniException.Environment, $"CNI_COMMAND {command} is none of ADD, DEL, CHECK and VERSION");
        JsonMap config;
        try
        {
            config = input.IsEmpty ? [] : JsonReader.ReadMap(input);
        }
        catch (JsonException e)
        {
            throw new CniException(CniException.Decoding, $"the configuration is no JSON: {e.Message}");
        }
        var version = config.Text("cniVersion") ?? Versions[0];
        if (command == "VERSION") return new(command, "", "", "", version, "", []);
        if (!Versions.Contains(version)) throw new CniException(CniException.Version, $"version {version} is not spoken here, but {string.Join(", ", Versions)}");
        string Needed(string name) => environment(name) is { Length: > 0 } value ? value : throw new CniException(CniException.Environment, $"{name} is missing");
        var container = Needed("CNI_CONTAINERID");
        if (container.Any(c => !(char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-'))) throw new CniException(CniException.Environment, $"CNI_CONTAINERID {container} is no id");
        var ns = command == "DEL" ? environment("CNI_NETNS") ?? "" : Needed("CNI_NETNS");
        return new(command, container, ns, Needed("CNI_IFNAME"), version, config.Text("socket") ?? throw new CniException(CniException.Configuration, "the configuration names no socket"),
            [.. (config.Map("runtimeConfig")?.List("portMappings") ?? []).Maps().Select(Port)]);
    }

    /// <summary>Some engines write the names with a capital letter, and no plugin minds.</summary>
    private static PortMapping Port(JsonMap port)
    {
        var given = port.ToDictionary(f => f.Key, f => f.Value, StringComparer.OrdinalIgnoreCase);
        int Number(string name) => given.GetValueOrDefault(name) is JsonNumber { IsWhole: true } number ? (int)number.Whole : 0;
        string? Text(string name) => given.GetValueOrDefault(name) is JsonText { Value.Length: > 0 } text ? text.Value : null;
        return new(Number("hostPort"), Number("containerPort"), (Text("protocol") ?? "TCP").ToUpperInvariant(), Text("hostIP"));
    }
}

/// <summary>A failure with one of the specification's numbers.</summary>
internal sealed class CniException(int code, string message) : Exception(message)
{
    public const int Version = 1;
    public const int Environment = 4;
    public const int Decoding = 6;
    public const int Configuration = 7;
    public const int TryAgain = 11;
    public const int Other = 100;

    public int Code => code;
}
