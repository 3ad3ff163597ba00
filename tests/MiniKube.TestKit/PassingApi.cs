using MiniKube.ControlLoop;
using MiniKube.Machinery;

namespace MiniKube.TestKit;

/// <summary>An API that asks another one: what a test wants otherwise it overrides.</summary>
public abstract class PassingApi(IApi inner) : IApi
{
    public virtual Task<Result<ApiList>> List(ResourceRef resource, string? ns, ListQuery query = default, CancellationToken cancel = default) => inner.List(resource, ns, query, cancel);

    public virtual IAsyncEnumerable<ApiEvent> Watch(ResourceRef resource, string? ns, ListQuery query, CancellationToken cancel = default) => inner.Watch(resource, ns, query, cancel);

    public Task<Result<ApiObject>> Get(ResourceRef resource, string? ns, string name, string? subresource = null, CancellationToken cancel = default) => inner.Get(resource, ns, name, subresource, cancel);

    public Task<Result<ApiObject>> Create(ResourceRef resource, string? ns, ReadOnlyMemory<byte> body, string? name = null, string? subresource = null,
        WriteQuery query = default, CancellationToken cancel = default) => inner.Create(resource, ns, body, name, subresource, query, cancel);

    public Task<Result<ApiObject>> Update(ResourceRef resource, string? ns, string name, ReadOnlyMemory<byte> body, string? subresource = null,
        WriteQuery query = default, CancellationToken cancel = default) => inner.Update(resource, ns, name, body, subresource, query, cancel);

    public Task<Result<ApiObject>> Patch(ResourceRef resource, string? ns, string name, PatchKind kind, ReadOnlyMemory<byte> patch, string? subresource = null,
        WriteQuery query = default, CancellationToken cancel = default) => inner.Patch(resource, ns, name, kind, patch, subresource, query, cancel);

    public Task<Result<ApiObject>> Delete(ResourceRef resource, string? ns, string name, DeleteQuery query = default, CancellationToken cancel = default) =>
        inner.Delete(resource, ns, name, query, cancel);

    public Task<Result<ApiObject>> Document(string path, CancellationToken cancel = default) => inner.Document(path, cancel);
}
