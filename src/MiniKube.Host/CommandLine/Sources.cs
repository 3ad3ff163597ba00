using MiniKube.Machinery;

namespace MiniKube.Host;

/// <summary>Where a setting's value comes from: the command line, else a MINIK_ variable, else the configuration file, else the default.</summary>
internal sealed class Sources(Func<Flag, IReadOnlyList<string>?> given, Func<string, string?> environment, JsonMap file)
{
    public static string ConfigPath => Environment.GetEnvironmentVariable("MINIK_CONFIG") ?? "/etc/minik/config.yaml";

    public IReadOnlyList<string> Of(Flag flag)
    {
        if (given(flag) is { } said) return said;
        if (environment(flag.Variable) is { Length: > 0 } variable) return [variable];
        return file[flag.Name] switch
        {
            null or JsonNull => [],
            JsonList list => [.. list.Select(GoText.Of)],
            var value => [GoText.Of(value)],
        };
    }

    /// <summary>The file's settings, or what is wrong with it.</summary>
    public static (JsonMap File, string? Fault) Read(string path, IReadOnlyList<Flag> flags)
    {
        if (!File.Exists(path)) return ([], null);
        try
        {
            switch (YamlReader.Read(File.ReadAllText(path)))
            {
                case JsonNull:
                    return ([], null);
                case JsonMap map:
                    var unknown = map.Keys.Where(k => flags.All(f => f.Name != k)).ToList();
                    return unknown.Count == 0
                        ? (map, null)
                        : (map, $"{path}: unknown setting {string.Join(", ", unknown)}; the names are those of the flags, without the dashes");
                default:
                    return ([], $"{path}: must hold settings as 'name: value'");
            }
        }
        catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
        {
            return ([], $"{path}: {e.Message}");
        }
    }
}
