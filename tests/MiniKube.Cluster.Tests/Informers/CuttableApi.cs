using System.Runtime.CompilerServices;
using MiniKube.ControlLoop;
using MiniKube.Machinery;
using MiniKube.TestKit;

namespace MiniKube.Cluster.Tests;

/// <summary>An API whose watches end on demand and that can't be reached for a while; it counts how often somebody was told to come too late.</summary>
internal sealed class CuttableApi(IApi inner) : PassingApi(inner)
{
    private readonly Lock gate = new();
    private CancellationTokenSource cut = new();
    private volatile bool down;
    private int expired;

    public int Expired => expired;

    public void Cut()
    {
        lock (gate)
        {
            cut.Cancel();
            cut = new();
        }
    }

    public void Hold()
    {
        down = true;
        Cut();
    }

    public void Release() => down = false;

    public override Task<Result<ApiList>> List(ResourceRef resource, string? ns, ListQuery query = default, CancellationToken cancel = default)
    {
        Reach();
        return base.List(resource, ns, query, cancel);
    }

    public override async IAsyncEnumerable<ApiEvent> Watch(ResourceRef resource, string? ns, ListQuery query, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        Reach();
        CancellationToken ends;
        lock (gate) ends = cut.Token;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, ends);
        await using var events = base.Watch(resource, ns, query, either.Token).GetAsyncEnumerator(either.Token);
        while (await More())
        {
            if (events.Current.Error is { Code: 410 }) Interlocked.Increment(ref expired);
            yield return events.Current;
        }

        async Task<bool> More()
        {
            try
            {
                return await events.MoveNextAsync();
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                return false;
            }
        }
    }

    private void Reach()
    {
        if (down) throw new IOException("nobody answers");
    }
}
