using System.Text.RegularExpressions;

namespace MiniKube.Kinds.Tests;

public sealed class HouseTests
{
    private static string Root()
    {
        var at = new DirectoryInfo(TestContext.CurrentContext.TestDirectory);
        while (at is not null && !File.Exists(Path.Combine(at.FullName, "MiniKube.sln"))) at = at.Parent;
        return at?.FullName ?? throw new DirectoryNotFoundException("the sources are not above the tests");
    }

    [Test]
    public void Machinery_never_switches_on_a_kind()
    {
        var names = string.Join('|', BuiltInKinds.All.Select(k => k.Name).Distinct());
        var arm = new Regex($"case \"({names})\"|\"({names})\" =>");
        foreach (var file in Directory.GetFiles(Path.Combine(Root(), "src", "MiniKube.Machinery"), "*.cs", SearchOption.AllDirectories))
            Assert.That(arm.IsMatch(File.ReadAllText(file)), Is.False, file);
    }
}
