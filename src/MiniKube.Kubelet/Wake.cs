namespace MiniKube.Kubelet;

/// <summary>
/// A rest that somebody may cut short. Nudges during work count for the next rest, however many there were; a rest that ended by
/// itself takes no nudge from the one after it.
/// </summary>
internal sealed class Wake(bool atOnce = false) : IDisposable
{
    private readonly SemaphoreSlim signal = new(atOnce ? 1 : 0, 1);

    public void Up()
    {
        try
        {
            if (signal.CurrentCount == 0) signal.Release();
        }
        catch (Exception e) when (e is SemaphoreFullException or ObjectDisposedException)
        {
            // Somebody else was quicker, or nobody rests here any more.
        }
    }

    public async Task Rest(TimeSpan most, TimeProvider time, CancellationToken cancel)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var nudged = signal.WaitAsync(enough.Token);
        await Task.WhenAny(nudged, Task.Delay(most, time, enough.Token));
        await enough.CancelAsync();
        await ((Task)nudged).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose() => signal.Dispose();
}
