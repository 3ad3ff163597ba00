using MiniKube.Kinds.Core;

namespace MiniKube.Kubelet.Files;

/// <summary>The resolver settings of a pod by its DNS policy.</summary>
public sealed record ResolvConf(IReadOnlyList<string> Nameservers, IReadOnlyList<string> Searches, IReadOnlyList<string> Options)
{
    public static ResolvConf For(PodSpec spec, string ns, string clusterDns, string clusterDomain, string hostFile)
    {
        var host = Parse(hostFile);
        var policy = spec.DnsPolicy ?? "ClusterFirst";
        if (policy == "ClusterFirst" && spec.HostNetwork == true) policy = "Default";
        var settings = policy switch
        {
            "None" => new ResolvConf([], [], []),
            "Default" => host,
            _ => new ResolvConf([clusterDns], [$"{ns}.svc.{clusterDomain}", $"svc.{clusterDomain}", clusterDomain, .. host.Searches], ["ndots:5"]),
        };
        return spec.DnsConfig is { } config ? settings.With(config) : settings;
    }

    public string Text()
    {
        var lines = new List<string>();
        if (Searches.Count > 0) lines.Add($"search {string.Join(' ', Searches)}");
        lines.AddRange(Nameservers.Select(n => $"nameserver {n}"));
        if (Options.Count > 0) lines.Add($"options {string.Join(' ', Options)}");
        return string.Concat(lines.Select(l => l + "\n"));
    }

    public static ResolvConf Parse(string text)
    {
        List<string> servers = [], searches = [], options = [];
        foreach (var line in text.Split('\n'))
        {
            var words = line.Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length < 2) continue;
            switch (words[0])
            {
                case "nameserver":
                    servers.Add(words[1]);
                    break;
                case "search" or "domain":
                    searches = [.. words[1..].Where(w => w != ".")];
                    break;
                case "options":
                    options = [.. words[1..]];
                    break;
            }
        }
        return new(servers, searches, options);
    }

    /// <summary>Servers and searches are added, options replaced by name.</summary>
    private ResolvConf With(PodDNSConfig config)
    {
        var options = Options.ToList();
        foreach (var option in config.Options ?? [])
        {
            var text = option.Value is { Length: > 0 } value ? $"{option.Name}:{value}" : option.Name!;
            options.RemoveAll(o => o == option.Name || o.StartsWith(option.Name + ":", StringComparison.Ordinal));
            options.Add(text);
        }
        return new([.. Nameservers.Concat(config.Nameservers ?? []).Distinct()], [.. Searches.Concat(config.Searches ?? []).Distinct()], options);
    }
}
