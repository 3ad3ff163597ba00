namespace MiniKube.Kubelet;

/// <summary>
/// Who of those that hold something is gone: unknown at two looks in a row. A look at who is known takes its time, and whoever is made
/// meanwhile is held something for already but isn't known yet: unknown once says nothing.
/// </summary>
public sealed class Abandoned
{
    private readonly Lock gate = new();
    private HashSet<string> suspects = [];

    /// <summary>Holders from before: nobody is being made yet, so the first look tells.</summary>
    public void Suspect(IEnumerable<string> holders)
    {
        lock (gate) suspects = [.. holders];
    }

    public IReadOnlyList<string> Of(IEnumerable<string> holders, IReadOnlySet<string> known)
    {
        lock (gate)
        {
            var unknown = holders.Where(h => !known.Contains(h)).ToHashSet();
            var gone = unknown.Where(suspects.Contains).ToArray();
            unknown.ExceptWith(gone);
            suspects = unknown;
            return gone;
        }
    }
}
