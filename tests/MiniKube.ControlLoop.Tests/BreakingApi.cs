using System.Runtime.CompilerServices;
using MiniKube.Machinery;

namespace MiniKube.ControlLoop.Tests;

/// <summary>An API whose watches break, as connections do, after every change that they tell; it remembers where each one started.</summary>
internal sealed class BreakingApi(IApi inner) : IApi
{
    public List<string> WatchedFrom { get; } = [];

    public async IAsyncEnumerable<ApiEvent> Watch(ResourceRef resource, string? ns, ListQuery query, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        lock (WatchedFrom) WatchedFrom.Add(query.ResourceVersion!);
        await foreach (var change in inner.Watch(resource, ns, query, cancel))
        {
            yield return change;
            throw new IOException("the connection was reset");
        }
    }

    public Task<Result<ApiList>> List(ResourceRef resource, string? ns, ListQuery query = default, CancellationToken cancel = default) => inner.List(resource, ns, query, cancel);

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
