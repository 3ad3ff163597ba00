namespace MiniKube.Kubelet.Containers;

/// <summary>
/// Variables that an init container has left in a file: NAME='text' as a shell reads it, several lines in one text included. What a shell
/// would read otherwise (no quotes, blanks before the sign, more behind the text) is refused rather than guessed at.
/// </summary>
public static class EnvFile
{
    /// <summary>The text of a variable: the first of its name, "" when there is none. The rest of the file isn't looked at.</summary>
    public static (string Value, string? Fault) Find(string text, string key)
    {
        var lines = text.Split('\n');
        // What ends in a line break has no line behind it.
        var count = lines[^1].Length == 0 ? lines.Length - 1 : lines.Length;
        string Line(int at) => lines[at].EndsWith('\r') ? lines[at][..^1] : lines[at];
        for (var at = 0; at < count; at++)
        {
            var start = at + 1;
            var line = Line(at).TrimStart(' ', '\t');
            if (line.Length == 0 || line[0] == '#') continue;
            var sign = line.IndexOf('=');
            if (sign < 0) return ("", $"line {start}: no '='");
            var name = line[..sign];
            if (name.TrimEnd(' ', '\t').Length == 0) return ("", $"line {start}: no name");
            if (name[^1] is ' ' or '\t') return ("", $"line {start}: a blank before '='");
            var rest = line[(sign + 1)..];
            // A shell sets it to nothing and takes what follows for a command.
            if (rest.StartsWith(' ') || rest.StartsWith('\t'))
            {
                if (name == key) return ("", null);
                continue;
            }
            if (!rest.StartsWith('\'')) return ("", $"line {start}: no single quotes around the text");
            rest = rest[1..];
            var value = new System.Text.StringBuilder();
            int end;
            while ((end = rest.IndexOf('\'')) < 0)
            {
                value.Append(rest).Append('\n');
                if (++at == count) return ("", $"line {start}: no end of the text");
                rest = Line(at);
            }
            value.Append(rest.AsSpan(0, end));
            if (rest[(end + 1)..].TrimStart(' ', '\t') is { Length: > 0 } more && more[0] != '#') return ("", $"line {at + 1}: more behind the text");
            if (name == key) return (value.ToString(), null);
        }
        return ("", null);
    }
}
