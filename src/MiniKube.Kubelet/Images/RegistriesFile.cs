namespace MiniKube.Kubelet.Images;

/// <summary>The first of some files that is there, read anew when it changes. One that can't be read is said once and counts as empty.</summary>
public sealed class RegistriesFile(IReadOnlyList<string> paths, Action<string> complain)
{
    private readonly Lock gate = new();
    private (string Path, DateTime Written) seen;
    private Registries current = Registries.None;

    public Registries Now()
    {
        lock (gate)
        {
            var path = paths.FirstOrDefault(File.Exists) ?? "";
            var state = (path, path.Length == 0 ? default : File.GetLastWriteTimeUtc(path));
            if (state == seen) return current;
            seen = state;
            try
            {
                return current = path.Length == 0 ? Registries.None : Registries.Parse(File.ReadAllText(path));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException or System.Text.Json.JsonException)
            {
                complain($"{path}: {e.Message}");
                return current = Registries.None;
            }
        }
    }
}
