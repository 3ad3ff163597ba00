using System.Globalization;
using MiniKube.ControlLoop;

namespace MiniKube.Engines.Simulated;

/// <summary>How a pod tells the simulation what its containers would do.</summary>
public sealed record Script(TimeSpan StartDelay, TimeSpan InitTime, TimeSpan? RunTime, int ExitCode, TimeSpan StopDelay, bool NotReady, bool NoImage)
{
    public const string Prefix = "sim.minik.io/";

    public static Script Of(Meta pod) => Of(pod.Annotation);

    public static Script Of(Func<string, string?> annotation)
    {
        TimeSpan? Seconds(string name) => Number(annotation(Prefix + name)) is { } n ? TimeSpan.FromSeconds(n) : null;
        return new(
            Seconds("start-delay") ?? TimeSpan.Zero,
            Seconds("init-seconds") ?? TimeSpan.Zero,
            Seconds("run-seconds"),
            (int)(Number(annotation(Prefix + "exit-code")) ?? 0),
            Seconds("stop-delay") ?? TimeSpan.Zero,
            annotation(Prefix + "not-ready") == "true",
            annotation(Prefix + "image-pull-error") == "true");
    }

    private static double? Number(string? text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;
}
