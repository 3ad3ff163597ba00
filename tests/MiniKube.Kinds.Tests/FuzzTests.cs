using MiniKube.Machinery;

namespace MiniKube.Kinds.Tests;

/// <summary>Whatever a client sends is answered: nothing it can write makes a hook throw.</summary>
public sealed class FuzzTests
{
    private static IEnumerable<TestCaseData> Kinds() => BuiltInKinds.All.Select(k => new TestCaseData(k).SetArgDisplayNames($"{k.GroupResource} {k.Version}"));

    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [TestCaseSource(nameof(Kinds))]
    public void Any_object_is_completed_checked_and_shown(Kind kind)
    {
        var objects = new RandomObjects(kind.GroupResource.Length * 31 + kind.Version.Length);
        JsonMap? old = null;
        for (var i = 0; i < 150; i++)
        {
            var tree = objects.Next(kind);
            var sent = tree.ToString();
            try
            {
                if (Decoding.Apply(kind, tree, []) is not null) continue;
                Defaulting.Apply(kind, tree);
                kind.Hooks.PrepareCreate?.Invoke(tree);
                Defaulting.Apply(kind.Schema.Value, tree);
                ObjectRules.Create(kind, tree);
                ObjectRules.Warnings(kind, tree);
                foreach (var column in kind.Columns) column.Cell(tree, Now);
                foreach (var field in kind.SelectableFields) field.Read(tree);
                if (kind.Conversion is { } conversion) conversion.FromStored(conversion.ToStored(tree.CloneMap()));
                if (old is null) { old = tree; continue; }
                kind.Hooks.PrepareUpdate?.Invoke(tree, old);
                ObjectRules.Update(kind, tree, old);
                ObjectRules.UpdateStatus(kind, tree, old);
                kind.Hooks.GraceSeconds?.Invoke(tree, null);
                old = tree;
            }
            catch (Exception e)
            {
                Assert.Fail($"{e}\n{sent}");
            }
        }
    }

    [TestCaseSource(nameof(Kinds))]
    public void Decoding_and_defaulting_settle_at_once(Kind kind)
    {
        var objects = new RandomObjects(kind.GroupResource.Length * 17 + 5);
        for (var i = 0; i < 60; i++)
        {
            var tree = objects.Next(kind);
            if (Decoding.Apply(kind, tree) is not null) continue;
            Defaulting.Apply(kind, tree);
            var once = tree.CloneMap();
            Assert.That(Decoding.Apply(kind, tree), Is.Null);
            Defaulting.Apply(kind, tree);
            Assert.That(tree.SameAs(once), Is.True, () => Difference.Of(once, tree));
        }
    }
}
