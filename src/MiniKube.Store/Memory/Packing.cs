namespace MiniKube.Store.Memory;

/// <summary>
/// Packs the values that have not changed from one look to the next. What changes often stays as it is: followers and readers
/// get its very bytes.
/// </summary>
internal sealed class Packing(Func<State> now, Func<string, bool> packs)
{
    private const int MostAtOnce = 1000;
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2);

    private long settled;
    private long before = -1;

    public async Task RunAsync(TimeProvider clock, CancellationToken cancel)
    {
        using var looks = new PeriodicTimer(LookEvery, clock);
        try
        {
            while (await looks.WaitForNextTickAsync(cancel)) await LookAsync(cancel);
        }
        catch (OperationCanceledException)
        {
            // Closing.
        }
    }

    /// <summary>Packs what was there at the look before and hasn't changed since.</summary>
    public async Task LookAsync(CancellationToken cancel)
    {
        var state = now();
        var (done, until) = (before, settled);
        if (until > done)
        {
            foreach (var name in state.Collections)
            {
                if (!packs(name) || state.Changed(name) is var changed && changed != 0 && changed <= done) continue;
                var count = 0;
                foreach (var entry in state.List(name))
                {
                    if (entry.Revision <= done || entry.Revision > until) continue;
                    entry.Pack();
                    if (++count % MostAtOnce != 0) continue;
                    cancel.ThrowIfCancellationRequested();
                    await Task.Yield();
                }
            }

            before = until;
        }

        settled = state.Revision;
    }
}
