using System.Globalization;
using System.Text.RegularExpressions;
using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>A level as it was in one minor version of Kubernetes; int.MaxValue is the newest.</summary>
internal readonly record struct PodSecurityMode(PodSecurityLevel Level, int Minor)
{
    public override string ToString() => $"{Level.ToString().ToLowerInvariant()}:{(Minor == int.MaxValue ? "latest" : string.Create(CultureInfo.InvariantCulture, $"v1.{Minor}"))}";
}

/// <summary>What a namespace's labels ask of its pods, and what is wrong with those labels. A label that can't be read asks for the most.</summary>
internal sealed partial record PodSecurityPolicy(PodSecurityMode Enforce, PodSecurityMode Audit, PodSecurityMode Warn, IReadOnlyList<FieldError> Faults)
{
    public const string Prefix = "pod-security.kubernetes.io/";
    private static readonly string[] Levels = ["privileged", "baseline", "restricted"];

    public static PodSecurityPolicy Of(JsonMap? labels, IReadOnlyDictionary<string, string>? defaults = null)
    {
        var faults = new List<FieldError>();
        var (enforce, audit, warn) = (Mode("enforce"), Mode("audit"), Mode("warn"));
        return new(enforce, audit, warn, faults);

        string? Asked(string label) => labels?.Text(Prefix + label) ?? defaults?.GetValueOrDefault(Prefix + label);

        PodSecurityMode Mode(string name)
        {
            var (level, minor) = (PodSecurityLevel.Privileged, int.MaxValue);
            if (Asked(name) is { } wanted)
            {
                var at = Array.IndexOf(Levels, wanted);
                if (at < 0) faults.Add(Fault(name, wanted, $"must be one of {string.Join(", ", Levels)}"));
                level = at < 0 ? PodSecurityLevel.Restricted : (PodSecurityLevel)at;
            }
            if (Asked(name + "-version") is { } version && version != "latest")
            {
                if (Version().Match(version) is not { Success: true } read || !int.TryParse(read.Groups[1].ValueSpan, CultureInfo.InvariantCulture, out minor))
                {
                    minor = int.MaxValue;
                    faults.Add(Fault(name + "-version", version, "must be \"latest\" or \"v1.x\""));
                }
            }
            return new(level, minor);
        }
    }

    private static FieldError Fault(string label, string value, string rule) => FieldError.Invalid($"metadata.labels[{Prefix}{label}]", value, rule);

    [GeneratedRegex(@"\Av1\.([0-9]|[1-9][0-9]*)\z")]
    private static partial Regex Version();
}
