using MiniKube.Machinery;

namespace MiniKube.Kubectl.Tests;

/// <summary>Golden cases: files of YAML documents, what goes in first and what must come out last.</summary>
internal static class CaseFiles
{
    public static IEnumerable<TestCaseData> In(string folder) =>
        Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Cases", folder)).Order(StringComparer.Ordinal)
            .Select(f => new TestCaseData(f).SetArgDisplayNames(Path.GetFileNameWithoutExtension(f)));

    public static IReadOnlyList<Json> Documents(string file) => YamlReader.ReadAll(File.ReadAllText(file));
}
