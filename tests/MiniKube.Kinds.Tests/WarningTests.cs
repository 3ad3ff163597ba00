using MiniKube.Machinery;

namespace MiniKube.Kinds.Tests;

public sealed class WarningTests
{
    private static string[] Warnings(string json)
    {
        var sent = JsonReader.ParseMap(json);
        var kind = Case.KindOf(sent);
        var (stored, error) = Case.Create(kind, sent);
        Assert.That(error?.Message, Is.Null);
        return [.. ObjectRules.Warnings(kind, stored!)];
    }

    private static string Pod(string container, string spec = "") =>
        $$$"""{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"i"{{{container}}}}]{{{spec}}}}}""";

    [Test]
    public void Pods() => Assert.Multiple(() =>
    {
        Assert.That(Warnings(Pod("")), Is.Empty);
        Assert.That(Warnings(Pod(",\"env\":[{\"name\":\"A\",\"value\":\"1\"},{\"name\":\"A\",\"value\":\"2\"},{\"name\":\"A\",\"value\":\"$(A)3\"}]")),
            Is.EqualTo(new[] { "spec.containers[0].env[1]: hides previous definition of \"A\", which may be dropped when using apply" }));
        Assert.That(Warnings(Pod(",\"resources\":{\"limits\":{\"memory\":\"1500m\"}}")), Is.EqualTo(new[]
        {
            "spec.containers[0].resources.limits[memory]: fractional byte value \"1500m\" is invalid, must be an integer",
            "spec.containers[0].resources.requests[memory]: fractional byte value \"1500m\" is invalid, must be an integer",
        }));
        Assert.That(Warnings(Pod(",\"ports\":[{\"containerPort\":80},{\"containerPort\":80}]")),
            Is.EqualTo(new[] { "spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]" }));
        Assert.That(Warnings(Pod("", ",\"nodeSelector\":{\"beta.kubernetes.io/os\":\"linux\"}")),
            Is.EqualTo(new[] { "spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use \"kubernetes.io/os\" instead" }));
    });

    [Test]
    public void Names_that_make_no_host_names() => Assert.That(
        Warnings(Pod("").Replace("\"name\":\"p\"", "\"name\":\"p.q\"", StringComparison.Ordinal)),
        Is.EqualTo(new[] { "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]" }));
}
