namespace MiniKube.ControlLoop;

/// <summary>What one turn wrote, to be seen in the caches before the same key is looked at again.</summary>
public sealed class Writes
{
    private readonly Lock gate = new();
    private readonly Dictionary<ResourceRef, long> versions = [];
    private readonly List<(ResourceRef Resource, Key Key, string Uid)> deletions = [];

    public void Wrote(ResourceRef resource, long version)
    {
        lock (gate) versions[resource] = Math.Max(version, versions.GetValueOrDefault(resource));
    }

    public void Deleted(ResourceRef resource, Key key, string uid)
    {
        lock (gate) deletions.Add((resource, key, uid));
    }

    public bool AreShown(Func<ResourceRef, IEnumerable<Cache>> caches) =>
        versions.All(v => caches(v.Key).All(c => c.Position >= v.Value)) &&
        deletions.All(d => caches(d.Resource).All(c => c.ShowsDeletion(d.Key, d.Uid)));

    /// <summary>Completes when the caches show everything; caches that don't exist have nothing to show.</summary>
    public Task Shown(Func<ResourceRef, IEnumerable<Cache>> caches, CancellationToken cancel)
    {
        var waits = new List<Task>();
        foreach (var (resource, version) in versions) waits.AddRange(caches(resource).Select(cache => cache.Reaches(version, cancel)));
        foreach (var (resource, key, uid) in deletions) waits.AddRange(caches(resource).Select(cache => cache.SeesDeletion(key, uid, cancel)));
        return Task.WhenAll(waits);
    }
}
