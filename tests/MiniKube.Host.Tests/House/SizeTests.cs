using System.Text.RegularExpressions;

namespace MiniKube.Host.Tests.House;

/// <summary>Files stay readable and are called what they are.</summary>
[TestFixture]
public sealed partial class SizeTests
{
    private const int Most = 600;

    [GeneratedRegex("(Manager|Helper|Helpers|Utils|Util|Impl)$")]
    private static partial Regex Vague();

    [Test]
    public void No_file_is_over_600_lines() =>
        Assert.That(Tree.Sources("src").Where(f => File.ReadLines(f).Count() > Most).Select(Tree.Relative), Is.Empty);

    [Test]
    public void No_file_has_a_name_that_says_nothing() =>
        Assert.That(Tree.Sources("src").Where(f => Vague().IsMatch(Path.GetFileNameWithoutExtension(f))).Select(Tree.Relative), Is.Empty);

    [Test]
    public void Every_project_explains_itself() =>
        Assert.That(Directory.EnumerateDirectories(Path.Combine(Tree.Root, "src")).Where(d => !File.Exists(Path.Combine(d, "README.md"))).Select(Tree.Relative), Is.Empty);
}
