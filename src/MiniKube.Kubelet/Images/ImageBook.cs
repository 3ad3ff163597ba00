using System.Text.Json;
using MiniKube.Machinery;

namespace MiniKube.Kubelet.Images;

/// <summary>Which images are here through this node: what it pulled may go again when space is short, what was put here for it stays.</summary>
public sealed class ImageBook
{
    private readonly Lock gate = new();
    private readonly string? path;
    private readonly HashSet<string> pulled = [];
    private readonly Dictionary<string, (string Mark, string[] Names)> loaded = [];

    /// <summary>Without a path nothing outlives the process.</summary>
    public ImageBook(string? path = null)
    {
        this.path = path;
        if (path is null || !File.Exists(path)) return;
        try
        {
            var stored = JsonReader.ReadMap(File.ReadAllBytes(path));
            pulled.UnionWith((stored.List("pulled") ?? []).Texts());
            foreach (var (file, value) in stored.Map("loaded") ?? [])
                if (value is JsonMap entry) loaded[file] = (entry.Text("mark") ?? "", [.. (entry.List("names") ?? []).Texts()]);
        }
        catch (JsonException)
        {
            // Cut off by a fall: what is in it is learned anew.
        }
    }

    public void Pulled(string name) => Change(() => pulled.Add(name));

    public void Gone(string name) => Change(() => pulled.Remove(name));

    public void Loaded(string file, string mark, IReadOnlyList<string> names) => Change(() =>
    {
        loaded[file] = (mark, [.. names]);
        return true;
    });

    public void Unloaded(string file) => Change(() => loaded.Remove(file));

    /// <summary>What a file brought, if it is still the same file.</summary>
    public IReadOnlyList<string>? Of(string file, string mark)
    {
        lock (gate) return loaded.TryGetValue(file, out var entry) && entry.Mark == mark ? entry.Names : null;
    }

    public IReadOnlyList<string> Files
    {
        get
        {
            lock (gate) return [.. loaded.Keys];
        }
    }

    public bool MayGo(string name)
    {
        lock (gate) return pulled.Contains(name) && !loaded.Values.Any(l => l.Names.Contains(name));
    }

    public bool MustStay(string name)
    {
        lock (gate) return loaded.Values.Any(l => l.Names.Contains(name));
    }

    private void Change(Func<bool> change)
    {
        lock (gate)
        {
            if (!change() || path is null) return;
            var files = new JsonMap();
            foreach (var (file, (mark, names)) in loaded) files.Set(file, new JsonMap { { "mark", mark }, { "names", JsonList.OfTexts(names) } });
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path + ".new", JsonWriter.ToUtf8(new JsonMap { { "pulled", JsonList.OfTexts(pulled) }, { "loaded", files } }));
            File.Move(path + ".new", path, overwrite: true);
        }
    }
}
