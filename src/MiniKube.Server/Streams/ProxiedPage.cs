using System.Text;
using System.Text.RegularExpressions;

namespace MiniKube.Server.Streams;

/// <summary>A page seen through the proxy: its links to the root of its server lead to the root of what is proxied.</summary>
internal sealed class ProxiedPage(string prefix, IReadOnlyCollection<string> hosts)
{
    private static readonly Dictionary<string, string[]> Links = new(StringComparer.OrdinalIgnoreCase)
    {
        ["a"] = ["href"], ["applet"] = ["codebase"], ["area"] = ["href"], ["audio"] = ["src"], ["base"] = ["href"], ["blockquote"] = ["cite"], ["body"] = ["background"],
        ["button"] = ["formaction"], ["command"] = ["icon"], ["del"] = ["cite"], ["embed"] = ["src"], ["form"] = ["action"], ["frame"] = ["longdesc", "src"], ["head"] = ["profile"],
        ["html"] = ["manifest"], ["iframe"] = ["longdesc", "src"], ["img"] = ["longdesc", "src", "usemap"], ["input"] = ["formaction", "src", "usemap"], ["ins"] = ["cite"],
        ["link"] = ["href"], ["object"] = ["classid", "codebase", "data", "usemap"], ["q"] = ["cite"], ["script"] = ["src"], ["source"] = ["src"], ["video"] = ["poster", "src"],
    };

    // A tag may be looked at from its beginning to its end only once, however much of it is open.
    private static readonly Regex Tag = new("""<!--(?:[^-]|-[^-])*-->|<(?<tag>[a-zA-Z]+)(?<rest>\s(?:[^>"']|"[^"]*"|'[^']*')*)>""", RegexOptions.NonBacktracking);
    private static readonly Regex Attribute = new("""(?<name>[a-zA-Z]+)\s*=\s*(?:"(?<value>[^"]*)"|'(?<value>[^']*)'|(?<value>[^\s"'>]+))""", RegexOptions.NonBacktracking);

    /// <summary>A link as it works through the proxy; those to other hosts and relative ones work as they are.</summary>
    public string Link(string link)
    {
        var path = link;
        if (hosts.FirstOrDefault(h => link.StartsWith($"http://{h}/", StringComparison.OrdinalIgnoreCase) || link.StartsWith($"https://{h}/", StringComparison.OrdinalIgnoreCase)) is { } host)
            path = link[(link.IndexOf("//", StringComparison.Ordinal) + 2 + host.Length)..];
        if (!path.StartsWith('/') || path.StartsWith("//", StringComparison.Ordinal) || path.StartsWith(prefix, StringComparison.Ordinal)) return link;
        return prefix + path;
    }

    public string Text(string html) => Tag.Replace(html, tag =>
    {
        if (!Links.TryGetValue(tag.Groups["tag"].Value, out var names)) return tag.Value;
        var rest = Attribute.Replace(tag.Groups["rest"].Value, attribute =>
        {
            var value = attribute.Groups["value"];
            if (!names.Contains(attribute.Groups["name"].Value, StringComparer.OrdinalIgnoreCase)) return attribute.Value;
            var before = attribute.Value[..(value.Index - attribute.Index)];
            return before + Link(value.Value) + attribute.Value[(before.Length + value.Length)..];
        });
        return $"<{tag.Groups["tag"].Value}{rest}>";
    });

    /// <summary>As it comes: what ends with a whole tag goes on at once. Bytes stand for characters, whichever they are.</summary>
    public async Task Copy(Stream from, Stream to, CancellationToken cancel)
    {
        const int longestTag = 256 * 1024;
        var (buffer, held) = (new byte[32 * 1024], "");
        while (await from.ReadAsync(buffer, cancel) is > 0 and var read)
        {
            held += Encoding.Latin1.GetString(buffer, 0, read);
            var whole = held.LastIndexOf('<') is var open and >= 0 && held.IndexOf('>', open) < 0 && held.Length - open < longestTag ? open : held.Length;
            await to.WriteAsync(Encoding.Latin1.GetBytes(Text(held[..whole])), cancel);
            await to.FlushAsync(cancel);
            held = held[whole..];
        }
        await to.WriteAsync(Encoding.Latin1.GetBytes(Text(held)), cancel);
    }
}
