using MiniKube.Machinery;
using MiniKube.Scheduler.Extenders;

namespace MiniKube.Scheduler.Configuration;

/// <summary>What one profile is made of, before it is tied to caches.</summary>
public sealed record ProfileSettings(string SchedulerName, PluginChoice Plugins, PluginArguments Arguments)
{
    public static readonly ProfileSettings Default = new("default-scheduler", PluginChoice.Default, new());

    public int PercentageOfNodesToScore { get; init; }
}

/// <summary>A KubeSchedulerConfiguration file, as far as it speaks of what this scheduler does.</summary>
public sealed record SchedulerConfiguration(IReadOnlyList<ProfileSettings> Profiles)
{
    public static readonly SchedulerConfiguration Default = new([ProfileSettings.Default]);

    public IReadOnlyList<ExtenderSettings> Extenders { get; init; } = [];
    public TimeSpan FirstBackOff { get; init; } = TimeSpan.FromSeconds(1);
    public TimeSpan LongestBackOff { get; init; } = TimeSpan.FromSeconds(10);

    // Of these nothing here depends: there are no connections, no other schedulers to agree with, and one thread.
    private static readonly HashSet<string> Known =
    [
        "apiVersion", "kind", "profiles", "extenders", "percentageOfNodesToScore", "podInitialBackoffSeconds", "podMaxBackoffSeconds",
        "parallelism", "leaderElection", "clientConnection", "enableProfiling", "enableContentionProfiling", "delayCacheUntilActive",
    ];

    /// <summary>The configuration, or everything that is wrong with it.</summary>
    public static (SchedulerConfiguration? Configuration, IReadOnlyList<string> Faults) Read(string text)
    {
        try
        {
            if (YamlReader.Read(text, _ => { }) is not JsonMap file || file.Text("kind") != "KubeSchedulerConfiguration") return (null, ["it is not a KubeSchedulerConfiguration"]);
            if (file.Text("apiVersion") != "kubescheduler.config.k8s.io/v1") return (null, [$"apiVersion: \"{file.Text("apiVersion")}\" must be kubescheduler.config.k8s.io/v1"]);
            return Read(file);
        }
        catch (Exception e) when (e is FormatException or ArgumentException or System.Text.Json.JsonException)
        {
            return (null, [e.Message]);
        }
    }

    private static (SchedulerConfiguration?, IReadOnlyList<string>) Read(JsonMap file)
    {
        var faults = new List<string>();
        void Fault(string path, string why) => faults.Add($"{path}: {why}");
        foreach (var (name, _) in file)
            if (!Known.Contains(name)) Fault(name, "unknown field");
        var percentage = Percentage("percentageOfNodesToScore", file, 0, Fault);
        var profiles = (file.List("profiles") ?? []).Maps().Select((p, i) => Profile($"profiles[{i}]", p, percentage, Fault)).ToArray();
        if (profiles.Length == 0) profiles = [ProfileSettings.Default with { PercentageOfNodesToScore = percentage }];
        var extenders = ExtenderSettings.Read(file, Fault);
        string[] countedThere = [.. extenders.SelectMany(e => e.CountedThere)];
        if (countedThere.Length > 0)
            profiles = [.. profiles.Select(p => p with { Arguments = p.Arguments with { IgnoredResources = [.. p.Arguments.IgnoredResources, .. countedThere] } })];
        foreach (var twice in profiles.GroupBy(p => p.SchedulerName).Where(g => g.Count() > 1)) Fault("profiles", $"several are called {twice.Key}");
        var (first, longest) = (file.Whole("podInitialBackoffSeconds") ?? 1, file.Whole("podMaxBackoffSeconds") ?? 10);
        if (first < 1) Fault("podInitialBackoffSeconds", "must be above 0");
        if (longest < first) Fault("podMaxBackoffSeconds", "must not be below podInitialBackoffSeconds");
        return faults.Count > 0
            ? (null, faults)
            : (new(profiles) { Extenders = extenders, FirstBackOff = TimeSpan.FromSeconds(first), LongestBackOff = TimeSpan.FromSeconds(longest) }, []);
    }

    private static ProfileSettings Profile(string path, JsonMap profile, int percentage, Action<string, string> fault)
    {
        var plugins = profile.Map("plugins") ?? [];
        foreach (var (point, value) in plugins)
        {
            if (!PluginNames.Points.Contains(point)) fault($"{path}.plugins.{point}", "unknown field");
            var named = (value as JsonMap) is { } sets ? (sets.List("enabled") ?? []).Concat(sets.List("disabled") ?? []).OfType<JsonMap>() : [];
            foreach (var name in named.Select(n => n.Text("name") ?? ""))
                if (name != "*" && !PluginNames.IsKnown(name)) fault($"{path}.plugins.{point}", $"there is no plugin \"{name}\"");
        }
        var arguments = (profile.List("pluginConfig") ?? []).Maps().Select((c, i) => ($"{path}.pluginConfig[{i}].args", c.Text("name") ?? "", c.Map("args") ?? [])).ToArray();
        foreach (var (at, name, _) in arguments)
            if (!PluginNames.IsKnown(name)) fault(at, $"there is no plugin \"{name}\"");
        return new(profile.Text("schedulerName") ?? "default-scheduler", PluginChoice.Of(plugins), PluginArguments.Of(arguments, fault))
        {
            PercentageOfNodesToScore = Percentage($"{path}.percentageOfNodesToScore", profile, percentage, fault),
        };
    }

    private static int Percentage(string path, JsonMap map, int otherwise, Action<string, string> fault)
    {
        var value = map.Whole("percentageOfNodesToScore") ?? otherwise;
        if (value is < 0 or > 100) fault(path, $"{value} must be from 0 to 100");
        return (int)Math.Clamp(value, 0, 100);
    }
}
