using MiniKube.Machinery;

namespace MiniKube.Server.Tests;

/// <summary>What becomes of the keys of labels that a pod's terms name.</summary>
[TestFixture]
public sealed class MatchLabelKeysTests
{
    private const string Term = """{"topologyKey":"zone","labelSelector":{"matchLabels":{"app":"w"}},"matchLabelKeys":["hash","nobody"],"mismatchLabelKeys":["tenant"]}""";

    [Test]
    public async Task They_become_requirements_of_the_selector()
    {
        await using var server = await TestServer.Start();
        var (code, pod) = await Make(server, """
            {"affinity":{"podAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":[TERM]},
            "podAntiAffinity":{"preferredDuringSchedulingIgnoredDuringExecution":[{"weight":1,"podAffinityTerm":TERM}]}},
            "topologySpreadConstraints":[{"maxSkew":1,"topologyKey":"zone","whenUnsatisfiable":"DoNotSchedule","labelSelector":{"matchLabels":{"app":"w"}},"matchLabelKeys":["hash"]}]}
            """.Replace("TERM", Term, StringComparison.Ordinal));
        Assert.That(code, Is.EqualTo(201), pod.ToString());
        const string Merged = """{"matchLabels":{"app":"w"},"matchExpressions":[{"key":"hash","operator":"In","values":["1"]},{"key":"tenant","operator":"NotIn","values":["x"]}]}""";
        var affinity = pod.Map("spec")!.Map("affinity")!;
        Assert.That(affinity.Dig("podAffinity", "requiredDuringSchedulingIgnoredDuringExecution") is JsonList required ? Selector(required.Maps().Single()) : null, Is.EqualTo(Merged));
        Assert.That(affinity.Dig("podAntiAffinity", "preferredDuringSchedulingIgnoredDuringExecution") is JsonList preferred ? Selector(preferred.Maps().Single().Map("podAffinityTerm")!) : null, Is.EqualTo(Merged));
        Assert.That(Selector(pod.Map("spec")!.List("topologySpreadConstraints")!.Maps().Single()), Is.EqualTo("""{"matchLabels":{"app":"w"},"matchExpressions":[{"key":"hash","operator":"In","values":["1"]}]}"""));
    }

    [TestCase("""{"topologySpreadConstraints":[{"maxSkew":1,"topologyKey":"z","whenUnsatisfiable":"DoNotSchedule","labelSelector":{"matchLabels":{"hash":"1"}},"matchLabelKeys":["hash"]}]}""",
        "spec.topologySpreadConstraints[0].matchLabelKeys[0]")]
    [TestCase("""{"affinity":{"podAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":[{"topologyKey":"z","labelSelector":{"matchLabels":{"hash":"1"}},"matchLabelKeys":["hash"]}]}}}""",
        "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0][0]")]
    public async Task They_must_not_be_said_otherwise_too(string spec, string where)
    {
        await using var server = await TestServer.Start();
        var (code, answer) = await Make(server, spec);
        Assert.That((code, answer.Text("message")), Is.EqualTo((422, $"Pod \"p\" is invalid: {where}: Invalid value: \"hash\": exists in both matchLabelKeys and labelSelector")));
    }

    private static string Selector(JsonMap term) => term.Map("labelSelector")!.ToString();

    private static async Task<(int Code, JsonMap Answer)> Make(TestServer server, string spec)
    {
        var pod = JsonReader.ParseMap("""{"metadata":{"name":"p","labels":{"app":"w","hash":"1","tenant":"x"}},"spec":{"containers":[{"name":"c","image":"i"}]}}""");
        foreach (var (name, value) in JsonReader.ParseMap(spec)) pod.Map("spec")!.Set(name, value);
        return await server.Send("POST", "/api/v1/namespaces/ref/pods", pod.ToString());
    }
}
