using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>Where kubeconfigs are: the one that was named, else those of KUBECONFIG, else ~/.kube/config, else this machine's cluster.</summary>
internal static class ConfigFiles
{
    public static Kubeconfig Load(Words words, Surroundings around)
    {
        var named = words.Text("kubeconfig");
        if (named.Length > 0)
        {
            if (!File.Exists(named)) throw new Failure($"stat {named}: no such file or directory");
            return Kubeconfig.Merge([Read(named)]);
        }
        var files = Paths(around).Where(File.Exists).Select(Read).ToList();
        if (files.Count > 0) return Kubeconfig.Merge(files);
        return around.LocalConfig() is { } local && YamlReader.Read(local) is JsonMap map ? Kubeconfig.Merge([(map, "")]) : Kubeconfig.Merge([]);
    }

    public static IReadOnlyList<string> Paths(Surroundings around) =>
        around.Environment("KUBECONFIG") is { Length: > 0 } list
            ? [.. list.Split(':', StringSplitOptions.RemoveEmptyEntries)]
            : [Path.Combine(around.Home, ".kube", "config")];

    /// <summary>The file that changes go to.</summary>
    public static string Target(Words words, Surroundings around) =>
        words.Text("kubeconfig") is { Length: > 0 } named ? named
        : Paths(around).FirstOrDefault(File.Exists) ?? Paths(around)[^1];

    public static (JsonMap File, string Directory) Read(string path)
    {
        try
        {
            return (YamlReader.Read(File.ReadAllText(path)) as JsonMap ?? [], Path.GetDirectoryName(Path.GetFullPath(path))!);
        }
        catch (FormatException e)
        {
            throw new Failure($"error loading config file \"{path}\": {e.Message}");
        }
    }
}
