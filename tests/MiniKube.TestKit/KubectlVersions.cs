namespace MiniKube.TestKit;

/// <summary>The kubectl programs of this machine: the one on PATH, and every kubectl.1.NN beside it.</summary>
public static class KubectlVersions
{
    public static string Default => All.Count > 0 ? All[^1] : throw new InvalidOperationException("no kubectl on PATH");

    public static IReadOnlyList<string> All { get; } = Find();

    private static List<string> Find()
    {
        foreach (var directory in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'))
        {
            var plain = Path.Combine(directory, "kubectl");
            if (!File.Exists(plain)) continue;
            var real = new FileInfo(plain).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? plain;
            var versions = Directory.EnumerateFiles(Path.GetDirectoryName(real)!, "kubectl.1.*").Order(StringComparer.Ordinal).ToList();
            return versions.Count > 0 ? versions : [plain];
        }
        return [];
    }
}
