namespace MiniKube.TestKit;

/// <summary>Where a program runs: in a network of its own, and perhaps with mounts of its own, by the files of the namespaces.</summary>
public sealed record Place(string Network, string? Mounts = null)
{
    public string[] Words => ["nsenter", $"--net={Network}", .. Mounts is null ? (string[])[] : [$"--mount={Mounts}"]];

    /// <summary>What stands before a command line; nothing for the place of the tests.</summary>
    public static string Before(Place? place) => place is null ? "" : string.Join(' ', place.Words) + " ";

    public static implicit operator Place?(string? network) => network is null ? null : new(network);
}
