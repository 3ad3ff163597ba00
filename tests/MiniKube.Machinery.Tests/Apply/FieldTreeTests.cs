namespace MiniKube.Machinery.Tests.Apply;

/// <summary>Trees of fields are sets of paths: the set operations hold whatever the trees.</summary>
[TestFixture]
public sealed class FieldTreeTests
{
    private static readonly string[] Steps = ["f:a", "f:b", "k:{\"name\":\"x\"}", "v:1"];

    private static FieldTree Build(IEnumerable<int[]> paths)
    {
        var tree = new FieldTree();
        foreach (var path in paths)
            path.Aggregate(tree, (at, step) => at.At(Steps[Math.Abs(step % Steps.Length)])).Self = true;
        return tree;
    }

    private static HashSet<string> Set(FieldTree tree) => [.. tree.Paths()];

    [FsCheck.NUnit.Property]
    public void Operations_on_trees_are_operations_on_sets_of_paths(int[][] left, int[][] right)
    {
        var (a, b) = (Build(left), Build(right));
        Assert.Multiple(() =>
        {
            Assert.That(Set(a.Union(b)), Is.EquivalentTo(Set(a).Union(Set(b))));
            Assert.That(Set(a.Except(b)), Is.EquivalentTo(Set(a).Except(Set(b))));
            Assert.That(Set(a.Intersect(b)), Is.EquivalentTo(Set(a).Intersect(Set(b))));
            Assert.That(a.Except(b).Union(a.Intersect(b)).SameAs(a.Except(new FieldTree())), Is.True);
        });
    }

    [FsCheck.NUnit.Property]
    public void A_tree_survives_its_written_form(int[][] paths)
    {
        var tree = Build(paths.Where(p => p.Length > 0));
        Assert.That(FieldTree.From(tree.ToJson()).SameAs(tree), Is.True);
    }
}
