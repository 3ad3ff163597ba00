using System.Text.Json;
using MiniKube.Machinery;

namespace MiniKube.Kubelet.Images;

/// <summary>The logins in a pull secret that are meant for an image: by host, with stars in its parts, and by the beginning of the path; the longest first.</summary>
public static class PullSecrets
{
    public static IReadOnlyList<RegistryCredentials> For(IReadOnlyDictionary<string, byte[]> data, string image)
    {
        if ((data.GetValueOrDefault(".dockerconfigjson") ?? data.GetValueOrDefault(".dockercfg")) is not { } encoded || ImageName.Parse(image) is not { } name) return [];
        JsonMap root;
        try
        {
            root = JsonReader.ReadMap(encoded);
        }
        catch (JsonException)
        {
            return [];
        }
        var found = new List<(int Length, RegistryCredentials Login)>();
        foreach (var (key, entry) in root.Map("auths") ?? root)
        {
            var (host, path) = Place(key);
            if (entry is not JsonMap login || !Matches(host, name.Registry) || path.Length > 0 && name.Path != path && !name.Path.StartsWith(path + "/", StringComparison.Ordinal)) continue;
            var (user, password) = login.Text("username") is { } given ? (given, login.Text("password") ?? "") : login.Text("auth") is { } packed ? Registries.Unpack(packed) : ("", "");
            found.Add((key.Length, new(host, user, password) { IdentityToken = login.Text("identitytoken") }));
        }
        return [.. found.OrderByDescending(f => f.Length).Select(f => f.Login)];
    }

    private static (string Host, string Path) Place(string key)
    {
        var text = key.IndexOf("://", StringComparison.Ordinal) is >= 0 and var scheme ? key[(scheme + 3)..] : key;
        var slash = text.IndexOf('/');
        var (host, path) = slash < 0 ? (text, "") : (text[..slash], text[(slash + 1)..].Trim('/'));
        // Docker's own registry goes by several names, with the version of its API behind them.
        if (host is "index.docker.io" or "registry-1.docker.io") host = "docker.io";
        return (host, path is "v1" or "v2" ? "" : path);
    }

    private static bool Matches(string pattern, string host)
    {
        var (wanted, given) = (pattern.Split('.'), host.Split('.'));
        return wanted.Length == given.Length && wanted.Zip(given).All(p => p.First == p.Second || p.First.StartsWith('*') && p.Second.EndsWith(p.First[1..], StringComparison.Ordinal));
    }
}
