using System.Net;

namespace MiniKube.Network.Dns;

/// <summary>The resolvers the host uses: read anew when the file changes; a local stub gives way to what it forwards to; never ourselves.</summary>
public sealed class HostResolvers(string path, IPAddress own)
{
    private const string BehindStub = "/run/systemd/resolve/resolv.conf";

    private (DateTime Written, IReadOnlyList<IPEndPoint> Servers)? read;

    public IReadOnlyList<IPEndPoint> Now()
    {
        var written = File.Exists(path) ? File.GetLastWriteTimeUtc(path) : DateTime.MinValue;
        if (read is { } known && known.Written == written) return known.Servers;
        var servers = Servers(path);
        if (servers.All(s => s.Equals(IPAddress.Parse("127.0.0.53"))) && File.Exists(BehindStub)) servers = Servers(BehindStub);
        IReadOnlyList<IPEndPoint> points = [.. servers.Where(s => !s.Equals(own)).Select(s => new IPEndPoint(s, 53))];
        read = (written, points);
        return points;
    }

    private static List<IPAddress> Servers(string file) => !File.Exists(file) ? [] :
    [
        .. File.ReadLines(file).Select(l => l.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
            .Where(w => w is ["nameserver", _, ..] && IPAddress.TryParse(w[1], out _)).Select(w => IPAddress.Parse(w[1])),
    ];
}
