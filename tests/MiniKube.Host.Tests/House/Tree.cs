namespace MiniKube.Host.Tests.House;

/// <summary>The checkout the tests were built from.</summary>
internal static class Tree
{
    public static string Root { get; } = Find(TestContext.CurrentContext.TestDirectory);

    public static IEnumerable<string> Sources(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && !f.Contains("/bin/", StringComparison.Ordinal));

    public static string Relative(string path) => Path.GetRelativePath(Root, path);

    private static string Find(string from)
    {
        for (var at = from; at is not null; at = Path.GetDirectoryName(at))
            if (File.Exists(Path.Combine(at, "MiniKube.sln"))) return at;
        throw new InvalidOperationException($"no MiniKube.sln above {from}");
    }
}
