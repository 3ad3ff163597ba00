using System.Globalization;

namespace MiniKube.Host;

/// <summary>How a snapshot's file is called: by what had it taken, and when.</summary>
internal readonly record struct SnapshotName(string By, DateTimeOffset At)
{
    public const string ByHand = "minik";
    public const string ByClock = "scheduled";

    private const string Format = "yyyyMMdd'T'HHmmss'.'fff'Z'";

    public static SnapshotName? Parse(string file) =>
        file.EndsWith(".db", StringComparison.Ordinal) && file[..^3].Split('-', 2) is [var by, var at] && DateTimeOffset.TryParseExact(at, Format, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment) ? new(by, moment) : null;

    public override string ToString() => $"{By}-{At.UtcDateTime.ToString(Format, CultureInfo.InvariantCulture)}.db";
}
