using MiniKube.Machinery;

namespace MiniKube.Kubectl.Tests;

[TestFixture]
public sealed class MergeTests
{
    [TestCaseSource(typeof(CaseFiles), nameof(CaseFiles.In), ["merge"])]
    public void The_patch_makes_of_the_live_object_what_the_user_has_now(string file)
    {
        var (original, modified, live, expected) = CaseFiles.Documents(file).Cast<JsonMap>().ToList() is [var a, var b, var c, var d] ? (a, b, c, d) : throw new InvalidDataException(file);
        var schema = ThreeWayMerge.SchemaOf(live.ApiVersion(), live.Kind());
        var patch = ThreeWayMerge.Patch(original, modified, live, schema);
        Assert.That(Apply(live, patch, schema).SameAs(expected), $"{patch} made {Apply(live, patch, schema)}");
        Assert.That(ThreeWayMerge.Patch(modified, modified, Apply(live, patch, schema), schema), Has.Count.Zero, "after that there is nothing to do");
    }

    private static JsonMap Apply(JsonMap live, JsonMap patch, Schema? schema)
    {
        var copy = live.CloneMap();
        if (schema is not null) return StrategicMerge.Apply(copy, patch.CloneMap(), schema).Value;
        MergePatch.Apply(copy, patch);
        return copy;
    }

    [Test]
    public void What_was_applied_is_kept_in_the_object()
    {
        var o = JsonReader.ParseMap("""{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a"},"data":{"h":"<"}}""");
        LastApplied.Set(o);
        LastApplied.Set(o);
        Assert.That(o.Meta().Map("annotations")!.Text(LastApplied.Annotation),
            Is.EqualTo("""{"apiVersion":"v1","data":{"h":"\u003c"},"kind":"ConfigMap","metadata":{"annotations":{},"name":"a"}}""" + "\n"));
    }
}
