using System.Runtime.CompilerServices;
using MiniKube.ControlLoop;
using MiniKube.Machinery;

namespace MiniKube.Cluster.Tests;

/// <summary>An API whose watches end on demand and that can't be reached for a while; it counts how often somebody was told to come too late.</summary>
internal sealed class CuttableApi(IApi inner) : IApi
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

    public Task<Result<ApiList>> List(ResourceRef resource, string? ns, ListQuery query = default, CancellationToken cancel = default)
    {
        Reach();
        return inner.List(resource, ns, query, cancel);
    }

    public async IAsyncEnumerable<ApiEvent> Watch(ResourceRef resource, string? ns, ListQuery query, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        Reach();
        CancellationToken ends;
        lock (gate) ends = cut.Token;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, ends);
        await using var events = inner.Watch(resource, ns, query, either.Token).GetAsyncEnumerator(either.Token);
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

    public Task<Result<ApiObject>> Get(ResourceRef resource, string? ns, string name, CancellationToken cancel = default) => inner.Get(resource, ns, name, cancel);

    public Task<Result<ApiObject>> Create(ResourceRef resource, string? ns, ReadOnlyMemory<byte> body, string? name = null, string? subresource = null,
        WriteQuery query = default, CancellationToken cancel = default) => inner.Create(resource, ns, body, name, subresource, query, cancel);

    public Task<Result<ApiObject>> Update(ResourceRef resource, string? ns, string name, ReadOnlyMemory<byte> body, string? subresource = null,
        WriteQuery query = default, CancellationToken cancel = default) => inner.Update(resource, ns, name, body, subresource, query, cancel);

    public Task<Result<ApiObject>> Patch(ResourceRef resource, string? ns, string name, PatchKind kind, ReadOnlyMemory<byte> patch, string? subresource = null,
        WriteQuery query = default, CancellationToken cancel = default) => inner.Patch(resource, ns, name, kind, patch, subresource, query, cancel);

    public Task<Result<ApiObject>> Delete(ResourceRef resource, string? ns, string name, DeleteQuery query = default, CancellationToken cancel = default) =>
        inner.Delete(resource, ns, name, query, cancel);
}
