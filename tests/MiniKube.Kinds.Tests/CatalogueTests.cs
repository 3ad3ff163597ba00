using MiniKube.Machinery;

namespace MiniKube.Kinds.Tests;

public sealed class CatalogueTests
{
    private static Kind? Find(string apiVersion, string plural) => BuiltInKinds.All.FirstOrDefault(k => k.ApiVersion == apiVersion && k.Plural == plural);

    private static IEnumerable<string[]> Rows(string file) => Case.Lines(file).Select(l => l.Split('|', StringSplitOptions.TrimEntries));

    [Test]
    public void Every_resource_of_upstream_is_declared_with_its_scope_names_and_verbs()
    {
        foreach (var row in Rows("resources.txt"))
        {
            var path = row[1].Split('/');
            var kind = Find(row[0], path[0]);
            Assert.That(kind, Is.Not.Null, string.Join(' ', row));
            if (path.Length == 2)
            {
                var sub = kind!.Subresources.FirstOrDefault(s => s.Name == path[1]);
                Assert.That(sub, Is.Not.Null, row[1]);
                Assert.That(string.Join(' ', sub!.Verbs.Order(StringComparer.Ordinal)), Is.EqualTo(row[6]), row[1]);
                Assert.That(sub.BodyKind ?? kind.Name, Is.EqualTo(row[2]), row[1]);
                continue;
            }
            Assert.Multiple(() =>
            {
                Assert.That(kind!.Name, Is.EqualTo(row[2]));
                Assert.That(kind.Namespaced ? "namespaced" : "cluster", Is.EqualTo(row[3]), row[1]);
                Assert.That(string.Join(',', kind.ShortNames), Is.EqualTo(row[4]), row[1]);
                Assert.That(string.Join(',', kind.Categories), Is.EqualTo(row[5]), row[1]);
                Assert.That(string.Join(' ', kind.Verbs), Is.EqualTo(row[6]), row[1]);
            });
        }
    }

    [Test]
    public void Nothing_is_declared_that_upstream_does_not_have()
    {
        var known = Rows("resources.txt").Select(r => $"{r[0]} {r[1]}").ToHashSet();
        known.Add("autoscaling/v1 horizontalpodautoscalers");
        // Served by metrics-server there.
        known.UnionWith(["metrics.k8s.io/v1beta1 nodes", "metrics.k8s.io/v1beta1 pods"]);
        // Upstream had it until v1.20.
        known.Add("settings.k8s.io/v1alpha1 podpresets");
        Assert.That(BuiltInKinds.All.Select(k => $"{k.ApiVersion} {k.Plural}"), Is.SubsetOf(known));
    }

    [Test]
    public void Tables_have_upstream_s_columns()
    {
        foreach (var row in Rows("columns.txt"))
        {
            var at = row[0].Split(' ');
            var kind = Find(at[0], at[1])!;
            var shown = kind.Columns.Select(c => c.Name + (c.Type == "string" ? "" : ":" + c.Type) + (c.Priority > 0 ? "~wide" : ""));
            Assert.That(string.Join(", ", shown), Is.EqualTo(row[1]), row[0]);
        }
    }

    [Test]
    public void Every_cell_survives_an_empty_object()
    {
        var now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        foreach (var kind in BuiltInKinds.All)
            foreach (var column in kind.Columns)
                Assert.That(() => column.Cell([], now), Throws.Nothing, $"{kind.GroupResource} {column.Name}");
        foreach (var kind in BuiltInKinds.All)
            foreach (var field in kind.SelectableFields)
                Assert.That(() => field.Read([]), Throws.Nothing, $"{kind.GroupResource} {field.Path}");
    }

    /// <summary>Hooks are the exception that a declaration has to earn: whoever adds one counts it here.</summary>
    [Test]
    public void Hooks_are_counted() =>
        Assert.That(BuiltInKinds.All.Count(k => !ReferenceEquals(k.Hooks, KindHooks.None)), Is.EqualTo(61));
}
