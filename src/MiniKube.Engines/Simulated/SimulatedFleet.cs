using System.Globalization;

namespace MiniKube.Engines.Simulated;

/// <summary>The nodes that are simulated: "sim-0", "sim-1" …</summary>
public sealed record SimulatedFleet(int Count)
{
    public const string Prefix = "sim-";

    public long Cpus { get; init; } = 32;
    public string Memory { get; init; } = "256Gi";
    public int Pods { get; init; } = 250;

    /// <summary>Nodes are spread over this many zones; 0 puts them in none.</summary>
    public int Zones { get; init; }

    public IEnumerable<string> Names => Enumerable.Range(0, Count).Select(NameOf);

    public static string NameOf(int number) => $"{Prefix}{number}";

    public bool Has(string node) => NumberOf(node) is { } n && n < Count;

    public string AddressOf(string node)
    {
        var n = NumberOf(node) ?? 0;
        return $"10.{32 + (n >> 16 & 31)}.{n >> 8 & 255}.{n & 255}";
    }

    public static int? NumberOf(string node) =>
        node.StartsWith(Prefix, StringComparison.Ordinal) && int.TryParse(node.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var n)
            ? n
            : null;

    /// <summary>Heartbeats of thousands of nodes would be most of the store's work; they come as seldom as the node controller bears.</summary>
    public TimeSpan Heartbeat => TimeSpan.FromSeconds(Math.Clamp(Count / 100, 10, 25));
}
