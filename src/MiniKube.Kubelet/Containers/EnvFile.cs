namespace MiniKube.Kubelet.Containers;

/// <summary>Variables that an init container has left in a file: NAME='text' as a shell would read it, several lines in one text included; or without quotes, to the end of the line.</summary>
public static class EnvFile
{
    public static IReadOnlyDictionary<string, string> Parse(string text)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var at = 0; at < text.Length;)
        {
            var end = text.IndexOf('\n', at) is >= 0 and var lineEnd ? lineEnd : text.Length;
            var line = text[at..end].Trim();
            var equals = line.IndexOf('=');
            if (line.StartsWith('#') || equals <= 0)
            {
                at = end + 1;
                continue;
            }
            var name = line[..equals].TrimEnd();
            var value = line[(equals + 1)..].TrimStart();
            if (value.StartsWith('\''))
            {
                var open = text.IndexOf('\'', text.IndexOf('=', at));
                // Without its other end it is no text.
                if (text.IndexOf('\'', open + 1) is not (>= 0 and var close)) break;
                value = text[(open + 1)..close];
                end = text.IndexOf('\n', close) is >= 0 and var next ? next : text.Length;
            }
            found[name] = value;
            at = end + 1;
        }
        return found;
    }
}
