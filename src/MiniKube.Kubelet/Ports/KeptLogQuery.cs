using System.Text;
using MiniKube.Kubelet.Logs;
using MiniKube.Machinery;

namespace MiniKube.Kubelet;

/// <summary>Which lines of containers that are gone; what isn't named is anything.</summary>
public sealed record KeptLogQuery
{
    public string? Namespace { get; init; }
    public string? Pod { get; init; }
    public string? Container { get; init; }
    public LabelSelector Labels { get; init; } = LabelSelector.Everything;
    public string Text { get; init; } = "";
    public bool IgnoreCase { get; init; }
    public DateTimeOffset? Since { get; init; }
    public DateTimeOffset? Until { get; init; }

    /// <summary>Nothing of pods that were there before: a namespace may have had the same name before.</summary>
    public DateTimeOffset? BornAfter { get; init; }

    internal bool Wants(KeptLog log) =>
        (Namespace is null || Namespace == log.Pod.Namespace) && (Pod is null || Pod == log.Pod.Name) && (Container is null || Container == log.Container)
        && (BornAfter is null || log.From >= BornAfter) && (Until is null || log.From <= Until) && Labels.Matches(log.Labels.GetValueOrDefault);

    internal bool Finds(LogLine line) =>
        (Since is null || line.Time >= Since) && (Until is null || line.Time <= Until)
        && (Text.Length == 0 || Encoding.UTF8.GetString(line.Content.Span).Contains(Text, IgnoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal));
}

/// <summary>A line, and who said it.</summary>
public sealed record KeptLine(string Time, string Namespace, string Pod, string Container, string Text)
{
    internal static KeptLine Of(KeptLog log, LogLine line) => new(line.RawTime, log.Pod.Namespace, log.Pod.Name, log.Container, Encoding.UTF8.GetString(line.Content.Span).TrimEnd('\n'));
}
