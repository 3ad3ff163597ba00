using MiniKube.Machinery;

namespace MiniKube.Network.Bridge;

/// <summary>Settings of the kernel that are ours to change, and what they were before: kept in a file until cleaned up.</summary>
internal sealed class Sysctls(string directory)
{
    private readonly string path = Path.Combine(directory, "sysctls.json");

    /// <exception cref="IOException">The kernel doesn't let us.</exception>
    public async Task Set(string name, string value, CancellationToken cancel)
    {
        var before = (await Tool.Must("cat", [$"/proc/sys/{name}"], null, cancel)).Trim();
        if (before == value) return;
        var remembered = Remembered();
        if (remembered.Text(name) is null)
        {
            remembered.Set(name, before);
            await File.WriteAllBytesAsync(path, JsonWriter.ToUtf8(remembered), cancel);
        }
        if (!(await Write(name, value, cancel)).Ok) throw new IOException($"the sysctl {name} could not be set to {value}");
    }

    public async Task<bool> Restore(CancellationToken cancel)
    {
        var restored = true;
        foreach (var (name, value) in Remembered()) restored &= value is not JsonText text || !await Exists(name, cancel) || (await Write(name, text.Value, cancel)).Ok;
        if (restored && File.Exists(path)) File.Delete(path);
        return restored;
    }

    private JsonMap Remembered() => File.Exists(path) ? JsonReader.ReadMap(File.ReadAllBytes(path)) : [];

    // By programs of their own, which may run in another network namespace.
    private static async Task<bool> Exists(string name, CancellationToken cancel) => (await Tool.Run("test", ["-e", $"/proc/sys/{name}"], null, cancel)).Ok;

    private static Task<ToolResult> Write(string name, string value, CancellationToken cancel) => Tool.Run("dd", [$"of=/proc/sys/{name}", "status=none"], value, cancel);
}
