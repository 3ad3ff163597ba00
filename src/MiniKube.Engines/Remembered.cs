using System.Collections.Concurrent;

namespace MiniKube.Engines;

/// <summary>
/// What an engine told of a container, good for as long as the engine's listings say the same state: one look each. A look that
/// something happened during is not remembered: it may have been taken just before, and the listing may still be behind.
/// </summary>
internal sealed class Remembered<TState, TTold>
    where TTold : class
{
    private readonly ConcurrentDictionary<string, Look> looks = new();

    /// <summary>Those that are known, whatever their state.</summary>
    public IEnumerable<(string Id, TTold Told)> All => looks.Where(l => l.Value.Told is not null).Select(l => (l.Key, l.Value.Told!));

    public TTold? Of(string id) => looks.GetValueOrDefault(id)?.Told;

    public TTold? Of(string id, TState state) => looks.GetValueOrDefault(id) is { Told: { } told } look && Equals(look.State, state) ? told : null;

    /// <summary>Says that a look begins; what comes back is handed to <see cref="Keep"/>.</summary>
    public object? Begin(string id) => looks.GetValueOrDefault(id);

    public void Keep(string id, object? begun, TState state, TTold told)
    {
        var look = new Look(state, told);
        if (begun is null) looks.TryAdd(id, look);
        else looks.TryUpdate(id, look, (Look)begun);
    }

    /// <summary>Something happened to it.</summary>
    public void Forget(string id) => looks[id] = new(default, null);

    public void KeepOnly(IReadOnlySet<string> present)
    {
        foreach (var id in looks.Keys)
            if (!present.Contains(id)) looks.TryRemove(id, out _);
    }

    // Compared by reference: each look, and each time something happened, is one of its own.
    private sealed class Look(TState? state, TTold? told)
    {
        public TState? State => state;

        public TTold? Told => told;
    }
}
