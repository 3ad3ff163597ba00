using System.Text;

namespace MiniKube.Server.Tests;

/// <summary>Bodies that were right once and had something happen to them: always an answer, never the server's own fault.</summary>
[TestFixture]
public sealed class FuzzTests
{
    private const string Pod = """
        {"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i","ports":[{"containerPort":80}],
        "resources":{"limits":{"cpu":"1.5","memory":"64Mi"}},"env":[{"name":"A","valueFrom":{"fieldRef":{"fieldPath":"metadata.name"}}}]}],"volumes":[{"name":"v","emptyDir":{}}]}}
        """;

    private const string Definition = """
        {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"xs.x.io"},"spec":{"group":"x.io","scope":"Namespaced",
        "names":{"plural":"xs","kind":"X"},"versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object","properties":{"spec":
        {"type":"object","properties":{"n":{"type":"integer","maximum":5,"x-kubernetes-validations":[{"rule":"self > 0"}]}}}}}}}]}}
        """;

    private const string Patch = """[{"op":"replace","path":"/spec/containers/0/image","value":"j"},{"op":"add","path":"/metadata/labels/c","value":"d"}]""";
    private const string Merge = """{"metadata":{"labels":{"c":null,"d":"e"}},"spec":{"containers":[{"name":"c","image":"k"}],"$setElementOrder/containers":[{"name":"c"}]}}""";

    // Upstream calls these two its own failure, and says so with a 500.
    private static readonly string[] Upstreams = ["does not contain declared merge key", "failed to create typed patch object"];

    private TestServer server = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        server = await TestServer.Start();
        await server.Send("POST", "/api/v1/namespaces/default/pods", Pod.Replace("\"p\"", "\"target\"", StringComparison.Ordinal));
    }

    [OneTimeTearDown]
    public async Task Stop() => await server.DisposeAsync();

    [TestCase("POST", "/api/v1/namespaces/default/pods", Pod, "application/json")]
    [TestCase("POST", "/api/v1/namespaces/default/pods", Pod, "application/yaml")]
    [TestCase("POST", "/api/v1/namespaces/default/pods", Pod, "application/vnd.kubernetes.protobuf")]
    [TestCase("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", Definition, "application/json")]
    [TestCase("PATCH", "/api/v1/namespaces/default/pods/target", Patch, "application/json-patch+json")]
    [TestCase("PATCH", "/api/v1/namespaces/default/pods/target", Merge, "application/merge-patch+json")]
    [TestCase("PATCH", "/api/v1/namespaces/default/pods/target", Merge, "application/strategic-merge-patch+json")]
    [TestCase("PATCH", "/api/v1/namespaces/default/pods/target?fieldManager=f", Pod, "application/apply-patch+yaml")]
    public async Task A_damaged_body_is_answered_with_what_is_wrong(string method, string path, string body, string type)
    {
        for (var seed = 0; seed < 400; seed++)
        {
            var damaged = Damaged(body, new Random(seed));
            // Strict and dry: what happens to be right changes nothing for the next one.
            var (code, answer) = await server.Send(method, $"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}dryRun=All&fieldValidation=Strict", damaged, type);
            var message = answer.Text("message") ?? "";
            Assert.That(code < 500 || Upstreams.Any(message.Contains), Is.True, $"seed {seed}: {damaged}\n{answer}");
            if (code >= 400) Assert.That(message, Is.Not.Empty, $"seed {seed}: {damaged}");
        }
    }

    private static string Damaged(string body, Random chance)
    {
        var text = new StringBuilder(body);
        for (var i = chance.Next(1, 5); i > 0; i--)
        {
            var at = chance.Next(text.Length);
            var length = Math.Min(chance.Next(1, 20), text.Length - at);
            switch (chance.Next(5))
            {
                case 0: text.Remove(at, length); break;
                case 1: text.Insert(at, text.ToString(at, length)); break;
                case 2: text[at] = (char)chance.Next(1, 256); break;
                case 3: text.Insert(at, new[] { "null", "{}", "[]", "-1", "1e999", "\"\"", "true", "{\"a\":", "[[[[", "\\u0000", "9223372036854775808" }[chance.Next(11)]); break;
                default: text[at] = "{}[]\":,"[chance.Next(7)]; break;
            }
        }
        return text.ToString();
    }
}
