using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Kubelet.Static;

/// <summary>The manifests of a directory, looked at whenever it changes, and of an address, asked for every twenty seconds.</summary>
internal sealed class ManifestSource(NodeOptions options, TimeProvider time, Action<string> complain)
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(100);

    private readonly Dictionary<string, string> said = [];
    private Dictionary<string, Manifest> ofDirectory = [];
    private Dictionary<string, Manifest> ofAddress = [];

    /// <summary>Tells the pods by uid, once at the start and then whenever they are others; and whether that is all of them, every source having answered once.</summary>
    public async Task Run(Action<IReadOnlyDictionary<string, Item<Pod>>, bool> tell, CancellationToken cancel)
    {
        var answered = options.ManifestUrl is null;
        var told = "none yet";
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
        using var wake = new Wake();
        using var watcher = Watch(wake);
        var asked = DateTimeOffset.MinValue;
        while (!cancel.IsCancellationRequested)
        {
            if (options.PodManifestPath is { } directory) ofDirectory = Directory(directory);
            if (options.ManifestUrl is { } address && time.GetUtcNow() - asked >= Period)
            {
                asked = time.GetUtcNow();
                var there = await Address(http, address, cancel);
                answered |= there is not null;
                ofAddress = there ?? ofAddress;
            }
            var all = ofDirectory.Concat(ofAddress).DistinctBy(p => p.Key).ToDictionary();
            var state = string.Join(' ', all.Keys.Order(StringComparer.Ordinal).Append($"{answered}"));
            if (state != told)
            {
                told = state;
                tell(all.ToDictionary(p => p.Key, p => Resources.Of<Pod>().Item(JsonWriter.ToUtf8(p.Value.Pod))), answered);
            }
            await wake.Rest(Period, time, cancel);
            // Editors write in several steps.
            await Task.Delay(Settle, time, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private FileSystemWatcher? Watch(Wake wake)
    {
        if (options.PodManifestPath is not { } directory || !System.IO.Directory.Exists(directory)) return null;
        var watcher = new FileSystemWatcher(directory) { NotifyFilter = NotifyFilters.FileName | NotifyFilters.LastWrite | NotifyFilters.Size };
        watcher.Changed += (_, _) => wake.Up();
        watcher.Created += (_, _) => wake.Up();
        watcher.Deleted += (_, _) => wake.Up();
        watcher.Renamed += (_, _) => wake.Up();
        watcher.Error += (_, _) => wake.Up();
        watcher.EnableRaisingEvents = true;
        return watcher;
    }

    private Dictionary<string, Manifest> Directory(string directory)
    {
        var found = new Dictionary<string, Manifest>();
        try
        {
            // One file may be named instead of a directory.
            var files = File.Exists(directory) ? [directory] : System.IO.Directory.Exists(directory) ? System.IO.Directory.GetFiles(directory) : [];
            foreach (var file in files.Order(StringComparer.Ordinal))
            {
                if (Path.GetFileName(file).StartsWith('.')) continue;
                // A file that can't be read right now must not end the pod that it declared.
                if (!Take(found, () => File.ReadAllText(file), "file", file))
                    foreach (var (uid, pod) in ofDirectory.Where(p => p.Value.Origin == file)) found.TryAdd(uid, pod);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Say(directory, e.Message);
            return ofDirectory;
        }
        return found;
    }

    private async Task<Dictionary<string, Manifest>?> Address(HttpClient http, string address, CancellationToken cancel)
    {
        try
        {
            var text = await http.GetStringAsync(address, cancel);
            var found = new Dictionary<string, Manifest>();
            return Take(found, () => text, "http", address) ? found : null;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !cancel.IsCancellationRequested)
        {
            Say(address, e.Message);
            return null;
        }
    }

    /// <summary>False when it could not be understood.</summary>
    private bool Take(Dictionary<string, Manifest> found, Func<string> read, string source, string origin)
    {
        try
        {
            foreach (var document in YamlReader.ReadAll(read()).OfType<JsonMap>())
            {
                foreach (var manifest in document.Text("kind") is "PodList" or "List" ? (document.List("items") ?? []).Maps().Select(Typed) : [document])
                {
                    var (pod, fault) = StaticPods.Of(manifest, source, origin, options.Name, time.GetUtcNow());
                    if (fault is not null)
                    {
                        Say(origin, fault);
                        return false;
                    }
                    found[pod!.Map("metadata")!.Text("uid")!] = new(pod, origin);
                }
            }
            said.Remove(origin);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            Say(origin, $"{origin}: {e.Message}");
            return false;
        }
    }

    private static JsonMap Typed(JsonMap item)
    {
        var typed = item.CloneMap();
        if (!typed.Has("apiVersion")) typed.Set("apiVersion", "v1");
        if (!typed.Has("kind")) typed.Set("kind", "Pod");
        return typed;
    }

    /// <summary>The same complaint about the same place once.</summary>
    private void Say(string origin, string fault)
    {
        if (said.GetValueOrDefault(origin) == fault) return;
        said[origin] = fault;
        complain($"static pods: {fault}");
    }

    private sealed record Manifest(JsonMap Pod, string Origin);
}
