namespace MiniKube.Kubelet;

/// <summary>Work that somebody may cut short, as often as it is begun anew. Who comes when all is over does no harm.</summary>
internal sealed class Interruption : IDisposable
{
    private readonly Lock gate = new();
    private CancellationTokenSource source = new();
    private bool over;

    /// <summary>For work that begins now: what was cut short before doesn't concern it.</summary>
    public CancellationToken Begin()
    {
        lock (gate)
        {
            if (source.IsCancellationRequested && !over)
            {
                source.Dispose();
                source = new();
            }
            return over ? new(canceled: true) : source.Token;
        }
    }

    public void Cut()
    {
        CancellationTokenSource? current;
        lock (gate) current = over ? null : source;
        try
        {
            // Not under the lock: whoever waits for it goes on at once.
            current?.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It was over in between.
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            over = true;
            source.Dispose();
        }
    }
}
