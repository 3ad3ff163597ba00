using MiniKube.Machinery;

namespace MiniKube.Scheduler.Configuration;

/// <summary>Which plugins a profile has, in order, and how much each opinion weighs.</summary>
public sealed record PluginChoice(IReadOnlyList<string> Filters, IReadOnlyList<(string Name, int Weight)> Scores, bool Preempts)
{
    public static readonly PluginChoice Default = Of(null);

    /// <summary>Upstream's rules for laying what a file enables and disables over the defaults.</summary>
    public static PluginChoice Of(JsonMap? plugins)
    {
        var multi = Laid(PluginNames.All.Select(p => (p.Name, p.Weight)), plugins?.Map("multiPoint"));
        return new(
            [.. Expanded(multi, PluginNames.IsFilter, plugins?.Map("filter"), plugins?.Map("preFilter")).Select(p => p.Name)],
            [.. Expanded(multi, PluginNames.IsScore, plugins?.Map("score"), plugins?.Map("preScore")).Select(p => (p.Name, Math.Max(1, p.Weight)))],
            Expanded(multi, n => n == PluginNames.Preemption, plugins?.Map("postFilter"), null).Any());
    }

    private static List<(string Name, int Weight)> Laid(IEnumerable<(string Name, int Weight)> defaults, JsonMap? point)
    {
        var (enabled, disabled) = (Enabled(point), Disabled(point));
        var laid = new List<(string Name, int Weight)>();
        foreach (var given in defaults)
        {
            if (disabled.Contains("*") || disabled.Contains(given.Name)) continue;
            var own = enabled.FindIndex(e => e.Name == given.Name);
            laid.Add(own < 0 ? given : (given.Name, enabled[own].Weight > 0 ? enabled[own].Weight : given.Weight));
            if (own >= 0) enabled.RemoveAt(own);
        }
        return [.. laid, .. enabled];
    }

    /// <summary>What is named at the point itself goes before, or after, what is there by being named for all points.</summary>
    private static IEnumerable<(string Name, int Weight)> Expanded(List<(string Name, int Weight)> multi, Func<string, bool> implements, JsonMap? point, JsonMap? preparing)
    {
        var enabled = Enabled(point).Where(e => implements(e.Name)).ToArray();
        var disabled = Disabled(point).Union(Disabled(preparing)).ToHashSet(StringComparer.Ordinal);
        var shared = multi.Where(m => implements(m.Name) && !disabled.Contains("*") && !disabled.Contains(m.Name)).ToArray();
        var again = enabled.Where(e => multi.Any(m => m.Name == e.Name)).ToArray();
        return [.. again, .. shared.Where(m => !again.Any(a => a.Name == m.Name)), .. enabled.Except(again)];
    }

    private static List<(string Name, int Weight)> Enabled(JsonMap? point) =>
        [.. (point?.List("enabled") ?? []).Maps().Select(p => (p.Text("name") ?? "", (int)(p.Whole("weight") ?? 0)))];

    private static HashSet<string> Disabled(JsonMap? point) => [.. (point?.List("disabled") ?? []).Maps().Select(p => p.Text("name") ?? "")];
}
