using MiniKube.Network.Proxy;

namespace MiniKube.Network.Policy;

/// <summary>How the kernel is told who may talk to whom.</summary>
internal interface IPolicyKeeper
{
    /// <summary>Makes these the only rules, whatever was there before.</summary>
    Task Load(PolicyRules rules, CancellationToken cancel);

    /// <summary>From the rules that are in place to these, in one step.</summary>
    Task Follow(PolicyRules rules, CancellationToken cancel);

    /// <summary>Whether the rules are still in place; others may have taken them away.</summary>
    Task<bool> Intact(CancellationToken cancel);
}

/// <summary>A mode's way to write each member of the rules down.</summary>
internal interface IPolicyWriting
{
    ServiceRules Of(AddressGroup group);

    ServiceRules Of(Door door);

    ServiceRules Of(Guarded pod);
}

/// <summary>The members of two states that differ, written down.</summary>
internal static class PolicyChanges
{
    public static List<(ServiceRules Before, ServiceRules After)> Between(PolicyRules before, PolicyRules after, IPolicyWriting writing)
    {
        var changes = new List<(ServiceRules, ServiceRules)>();
        Compare(before.Groups, after.Groups, (a, b) => a.Members.SequenceEqual(b.Members), writing.Of);
        Compare(before.Doors, after.Doors, (a, b) => a.Allowed.Count == b.Allowed.Count && a.Content == b.Content, writing.Of);
        Compare(before.Pods, after.Pods, (a, b) => a.Equals(b), writing.Of);
        return changes;

        void Compare<T>(IReadOnlyDictionary<string, T> were, IReadOnlyDictionary<string, T> are, Func<T, T, bool> same, Func<T, ServiceRules> write) where T : class
        {
            foreach (var (name, is_) in are)
            {
                var was = were.GetValueOrDefault(name);
                if (was is null || !same(was, is_)) changes.Add((was is null ? ServiceRules.None : write(was), write(is_)));
            }
            foreach (var (name, was) in were)
                if (!are.ContainsKey(name)) changes.Add((write(was), ServiceRules.None));
        }
    }
}
