namespace MiniKube.ControlLoop;

/// <summary>
/// Keeps one cache equal to the server: list, then watch from there. A watch that ends is taken up where it stopped; one
/// whose version is too old, and nothing else, is listed anew. Outlives every restart of the server.
/// </summary>
public sealed class Informer(IApi api, Cache cache, TimeProvider time, string? ns = null, string? fieldSelector = null)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    // Where to go on from, null when only a new list helps. Kept while following: a connection that breaks must not have told things twice.
    private string? version;

    public async Task Run(CancellationToken cancel)
    {
        var pause = FirstPause;
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                var before = version;
                if (version is null) version = await ListAll(cancel);
                else await Follow(version, cancel);
                // An end without progress is a server that is going away: don't spin.
                if (before is null || version is not null && version != before)
                {
                    pause = FirstPause;
                    if (version is not null) continue;
                }
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is IOException or HttpRequestException or OperationCanceledException)
            {
                LoopMetrics.WatchFailures.Add(1, new("resource", cache.Type.Ref.ToString()), new("error", e.GetType().Name));
            }
            await Task.Delay(pause, time, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pause = Smaller(pause * 2, LongestPause);
        }
    }

    private async Task<string?> ListAll(CancellationToken cancel)
    {
        LoopMetrics.Lists.Add(1, new KeyValuePair<string, object?>("resource", cache.Type.Ref.ToString()));
        var listed = await api.List(cache.Type.Ref, ns, new ListQuery { FieldSelector = fieldSelector }, cancel);
        if (!listed.Ok) return null;
        var list = listed.Value;
        var items = list.Items;
        while (list.Continue is { Length: > 0 } more)
        {
            listed = await api.List(cache.Type.Ref, ns, new ListQuery { FieldSelector = fieldSelector, Continue = more }, cancel);
            if (!listed.Ok) return null;
            list = listed.Value;
            items = [.. items, .. list.Items];
        }
        cache.Replace(items, Meta.VersionNumber(list.ResourceVersion));
        return list.ResourceVersion;
    }

    private async Task Follow(string from, CancellationToken cancel)
    {
        var query = new ListQuery { FieldSelector = fieldSelector, ResourceVersion = from, Bookmarks = true };
        await foreach (var change in api.Watch(cache.Type.Ref, ns, query, cancel))
        {
            switch (change.Type)
            {
                case EventType.Error:
                    if (change.Error is { Code: 410 }) version = null;
                    return;
                case EventType.Bookmark:
                    version = Meta.Read(change.Json.Span).ResourceVersion;
                    cache.MoveTo(Meta.VersionNumber(version));
                    break;
                default:
                    version = cache.Apply(change.Type, change.Json);
                    break;
            }
        }
    }

    private static TimeSpan Smaller(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
