using System.Text.RegularExpressions;

namespace MiniKube.Host.Tests.House;

/// <summary>Calls that make code undecidable: hidden clocks, hidden chance, blocked threads.</summary>
[TestFixture]
public sealed partial class BannedCallTests
{
    [GeneratedRegex(@"DateTime(Offset)?\.(UtcNow|Now)\b|Thread\.Sleep|\bnew Random\(|Random\.Shared|\.GetAwaiter\(\)\.GetResult\(\)|\bEnvironment\.Exit\(|(?<!\bif \()\.Wait\(\)|\)\.Result\b(?!<)")]
    private static partial Regex Banned();

    [GeneratedRegex(@"\bConsole\.(Write|Out|Error|In|Read)")]
    private static partial Regex Terminal();

    [Test]
    public void No_source_uses_a_hidden_clock_chance_or_blocked_thread() =>
        Assert.That(Lines("src", Banned(), _ => true), Is.Empty);

    [Test]
    public void Only_the_host_talks_to_the_terminal() =>
        Assert.That(Lines("src", Terminal(), f => !f.StartsWith("src/MiniKube.Host/", StringComparison.Ordinal)), Is.Empty);

    [Test]
    public void No_test_sleeps_or_is_switched_off() =>
        Assert.That(Lines("tests", Switched(), f => !f.EndsWith("BannedCallTests.cs", StringComparison.Ordinal)), Is.Empty);

    [GeneratedRegex(@"Thread\.Sleep|\[Ignore|\[Explicit|Assert\.Pass\(|Assert\.Inconclusive")]
    private static partial Regex Switched();

    private static List<string> Lines(string folder, Regex banned, Func<string, bool> judged)
    {
        var found = new List<string>();
        foreach (var file in Tree.Sources(folder).Where(f => judged(Tree.Relative(f))))
        {
            var lines = File.ReadAllLines(file);
            for (var i = 0; i < lines.Length; i++)
            {
                var code = lines[i].Contains("//", StringComparison.Ordinal) ? lines[i][..lines[i].IndexOf("//", StringComparison.Ordinal)] : lines[i];
                if (banned.IsMatch(code)) found.Add($"{Tree.Relative(file)}:{i + 1}: {lines[i].Trim()}");
            }
        }
        return found;
    }
}
