using MiniKube.Kinds;

namespace MiniKube.Server.Tests;

/// <summary>The record of what kubectl can do with each kind is about each kind there is.</summary>
[TestFixture]
public sealed class RecordTests
{
    [Test]
    public void No_kind_that_can_be_made_is_missing_from_the_record_of_kubectl()
    {
        var root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "MiniKube.sln"))) root = Path.GetDirectoryName(root)!;
        var recorded = File.ReadLines(Path.Combine(root, "tests", "MiniKube.E2E.Tests", "Api", "EveryKind.txt")).Skip(1).Select(l => l.Split('/')[0]).ToHashSet(StringComparer.Ordinal);
        var made = BuiltInKinds.All.Where(k => !k.Hidden && k.Verbs.Contains("create") && k.Verbs.Contains("get") && k.Verbs.Contains("delete"))
            .Select(k => k.Group.Length == 0 ? k.Name.ToLowerInvariant() : $"{k.Name.ToLowerInvariant()}.{k.Group}").Distinct();
        Assert.That(made.Except(recorded), Is.Empty);
    }
}
