using MiniKube.Machinery;

namespace MiniKube.Network.Cni;

/// <summary>How an engine is told that this program makes its pods' network.</summary>
public static class CniConfig
{
    /// <summary>The plugin's name: the one under which this executable lies in the engine's directory of plugins.</summary>
    public const string Name = "minik";

    /// <summary>Before all others, as engines take the first.</summary>
    public const string FileName = "00-minik.conflist";

    public static byte[] For(string socket) => JsonWriter.ToUtf8(new JsonMap
    {
        { "cniVersion", "0.4.0" }, { "name", Name },
        { "plugins", JsonList.Of(new JsonMap { { "type", Name }, { "capabilities", new JsonMap { { "portMappings", true } } }, { "socket", socket } }) },
    });

    /// <summary>
    /// Puts configuration and plugins where the engine looks for them. What is right already isn't touched: engines watch. A program
    /// that goes ahead of the executable is put in its place.
    /// </summary>
    public static void Install(string bin, string conf, string socket, string executable, byte[]? ahead = null)
    {
        Directory.CreateDirectory(bin);
        Directory.CreateDirectory(conf);
        var link = Path.Combine(bin, Name);
        if (ahead is not null)
        {
            if (new FileInfo(link).LinkTarget is not null) File.Delete(link);
            Write(link, ahead, (UnixFileMode)0b111_101_101);
        }
        else if (new FileInfo(link).LinkTarget != executable)
        {
            File.Delete(link);
            File.CreateSymbolicLink(link, executable);
        }
        var loopback = Path.Combine(bin, "loopback");
        if (!File.Exists(loopback))
        {
            File.WriteAllText(loopback, Loopback);
            File.SetUnixFileMode(loopback, (UnixFileMode)0b111_101_101);
        }
        Write(Path.Combine(conf, FileName), For(socket));
    }

    public static void Uninstall(string bin, string conf)
    {
        File.Delete(Path.Combine(conf, FileName));
        File.Delete(Path.Combine(bin, Name));
        var loopback = Path.Combine(bin, "loopback");
        if (File.Exists(loopback) && new FileInfo(loopback).Length == Loopback.Length && File.ReadAllText(loopback) == Loopback) File.Delete(loopback);
    }

    // Engines insist on this plugin beside ours. A shell does it in a twentieth of the time that this executable takes to start.
    private const string Loopback = """
        #!/bin/sh
        # Written by minik: brings up a pod's loopback interface.
        case "$CNI_COMMAND" in
          ADD) nsenter --net="$CNI_NETNS" ip link set lo up || exit 1
               echo '{"cniVersion":"0.4.0","interfaces":[{"name":"lo","sandbox":"'"$CNI_NETNS"'"}],"ips":[{"version":"4","address":"127.0.0.1/8","interface":0}]}' ;;
          VERSION) echo '{"cniVersion":"0.4.0","supportedVersions":["0.3.0","0.3.1","0.4.0","1.0.0"]}' ;;
        esac

        """;

    private static void Write(string path, byte[] content, UnixFileMode mode = (UnixFileMode)0b110_100_100)
    {
        if (File.Exists(path) && File.ReadAllBytes(path).AsSpan().SequenceEqual(content)) return;
        File.WriteAllBytes(path + ".new", content);
        File.SetUnixFileMode(path + ".new", mode);
        File.Move(path + ".new", path, overwrite: true);
    }
}
