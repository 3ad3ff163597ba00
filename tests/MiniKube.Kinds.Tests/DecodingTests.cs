using MiniKube.Machinery;

namespace MiniKube.Kinds.Tests;

public sealed class DecodingTests
{
    private static readonly Kind Pod = BuiltInKinds.Of<Core.Pod>();
    private static readonly Kind Deployment = BuiltInKinds.Of<Apps.Deployment>();

    [TestCase("""{"spec":{"replicas":"three"}}""", "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32")]
    [TestCase("""{"spec":{"replicas":1.5}}""", "json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32")]
    [TestCase("""{"spec":"x"}""", "json: cannot unmarshal string into Go struct field Deployment.spec of type v1.DeploymentSpec")]
    [TestCase("""{"metadata":{"labels":{"a":1}}}""", "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string")]
    [TestCase("""{"spec":{"template":{"spec":{"containers":{}}}}}""",
        "json: cannot unmarshal object into Go struct field PodSpec.spec.template.spec.containers of type []v1.Container")]
    public void Wrong_types_are_refused(string body, string fault) =>
        Assert.That(Decoding.Apply(Deployment, JsonReader.ParseMap(body))?.Message,
            Is.EqualTo($"Deployment in version \"v1\" cannot be handled as a Deployment: {fault}"));

    [Test]
    public void Unknown_fields_are_dropped_and_named()
    {
        var tree = JsonReader.ParseMap("""{"spec":{"containers":[{"name":"c","imagee":"x"}],"foo":1},"bar":{}}""");
        var unknown = new List<string>();
        Assert.Multiple(() =>
        {
            Assert.That(Decoding.Apply(Pod, tree, unknown), Is.Null);
            Assert.That(unknown, Is.EqualTo(new[] { "spec.containers[0].imagee", "spec.foo", "bar" }));
            Assert.That(tree.ToString(), Is.EqualTo("""{"spec":{"containers":[{"name":"c"}]}}"""));
        });
    }

    [Test]
    public void Nulls_and_empty_values_that_mean_absence_are_dropped()
    {
        var tree = JsonReader.ParseMap(
            """{"spec":{"nodeName":"","hostNetwork":false,"automountServiceAccountToken":false,"containers":[],"volumes":[],"affinity":null}}""");
        Assert.Multiple(() =>
        {
            Assert.That(Decoding.Apply(Pod, tree), Is.Null);
            Assert.That(tree.ToString(), Is.EqualTo("""{"spec":{"automountServiceAccountToken":false,"containers":[]}}"""));
        });
    }

    [Test]
    public void Every_kind_has_a_schema_that_starts_with_the_object_s_own_members()
    {
        foreach (var kind in BuiltInKinds.All.Concat(BuiltInKinds.Bodies))
        {
            var fields = kind.Schema.Value.Fields;
            Assert.That(fields.All.Take(3).Select(f => f.Name), Is.EqualTo(new[] { "apiVersion", "kind", "metadata" }), kind.GroupResource);
        }
    }
}
