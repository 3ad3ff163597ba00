using MiniKube.Server;

namespace MiniKube.Host;

/// <summary>Tokens known from the start: the one given by --token, and a file of lines "token,user,uid,\"group,group\"".</summary>
internal static class StaticTokens
{
    public static IReadOnlyDictionary<string, UserInfo> Read(ServerSettings settings)
    {
        var tokens = new Dictionary<string, UserInfo>(StringComparer.Ordinal);
        if (settings.Token is { } join) tokens[join] = JoinToken.User;
        if (settings.TokenAuthFile is { } path)
            foreach (var line in File.ReadLines(path))
                if (Parse(line) is var (token, user)) tokens[token] = user;
        return tokens;
    }

    internal static (string Token, UserInfo User)? Parse(string line)
    {
        var fields = line.Split(',', 4, StringSplitOptions.TrimEntries);
        if (fields.Length < 3 || fields[0].Length == 0 || line.StartsWith('#')) return null;
        var groups = fields.Length < 4 ? [] : fields[3].Trim('"').Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return (fields[0], new UserInfo(fields[1], [.. groups, UserInfo.Authenticated]) { Uid = fields[2] });
    }
}
