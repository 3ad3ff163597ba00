using System.Runtime.CompilerServices;
using MiniKube.TestKit;

namespace MiniKube.ControlLoop.Tests;

/// <summary>An API whose watches break, as connections do, after every change that they tell; it remembers where each one started.</summary>
internal sealed class BreakingApi(IApi inner) : PassingApi(inner)
{
    public List<string> WatchedFrom { get; } = [];

    public override async IAsyncEnumerable<ApiEvent> Watch(ResourceRef resource, string? ns, ListQuery query, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        lock (WatchedFrom) WatchedFrom.Add(query.ResourceVersion!);
        await foreach (var change in base.Watch(resource, ns, query, cancel))
        {
            yield return change;
            throw new IOException("the connection was reset");
        }
    }
}
