using System.Globalization;
using MiniKube.ControlLoop;

namespace MiniKube.Engines.Simulated;

/// <summary>How a pod tells the simulation what its containers would do.</summary>
public sealed record Script(TimeSpan StartDelay, TimeSpan InitTime, TimeSpan? RunTime, int ExitCode, TimeSpan StopDelay, bool NotReady, bool NoImage)
{
    public const string Prefix = "sim.minik.io/";

    public static Script Of(Meta pod) => new(
        Seconds(pod, "start-delay") ?? TimeSpan.Zero,
        Seconds(pod, "init-seconds") ?? TimeSpan.Zero,
        Seconds(pod, "run-seconds"),
        (int)(Number(pod, "exit-code") ?? 0),
        Seconds(pod, "stop-delay") ?? TimeSpan.Zero,
        pod.Annotation(Prefix + "not-ready") == "true",
        pod.Annotation(Prefix + "image-pull-error") == "true");

    private static TimeSpan? Seconds(Meta pod, string name) => Number(pod, name) is { } n ? TimeSpan.FromSeconds(n) : null;

    private static double? Number(Meta pod, string name) =>
        double.TryParse(pod.Annotation(Prefix + name), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;
}
