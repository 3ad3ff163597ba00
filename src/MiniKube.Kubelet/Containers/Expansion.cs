using System.Text;

namespace MiniKube.Kubelet.Containers;

/// <summary>$(NAME) in commands, arguments and values: replaced when known, left as written when not; $$ is a dollar sign.</summary>
public static class Expansion
{
    public static string Expand(string text, Func<string, string?> lookup)
    {
        if (!text.Contains('$')) return text;
        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '$' || i + 1 == text.Length)
            {
                result.Append(text[i]);
                continue;
            }
            switch (text[i + 1])
            {
                case '$':
                    result.Append('$');
                    i++;
                    break;
                case '(' when text.IndexOf(')', i + 2) is > 0 and var end:
                    var name = text[(i + 2)..end];
                    result.Append(lookup(name) ?? $"$({name})");
                    i = end;
                    break;
                case '(':
                    result.Append("$(");
                    i++;
                    break;
                default:
                    result.Append('$').Append(text[i + 1]);
                    i++;
                    break;
            }
        }
        return result.ToString();
    }
}
