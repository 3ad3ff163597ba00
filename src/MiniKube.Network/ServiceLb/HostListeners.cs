using System.Globalization;

namespace MiniKube.Network.ServiceLb;

/// <summary>Which ports programs of this host listen on, as the kernel lists them.</summary>
public static class HostListeners
{
    private const string Listening = "0A";
    private const string Bound = "07";

    public static bool On(string protocol, int port) => protocol switch
    {
        "TCP" => Read("/proc/net/tcp", Listening).Concat(Read("/proc/net/tcp6", Listening)).Contains(port),
        "UDP" => Read("/proc/net/udp", Bound).Concat(Read("/proc/net/udp6", Bound)).Contains(port),
        _ => false,
    };

    /// <summary>The ports of lines in a state.</summary>
    public static IEnumerable<int> Parse(IEnumerable<string> lines, string state) =>
        from line in lines.Skip(1)
        let words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        where words.Length > 3 && words[3] == state
        select int.Parse(words[1].Split(':')[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static IEnumerable<int> Read(string file, string state) => File.Exists(file) ? Parse(File.ReadLines(file), state) : [];
}
