
namespace MiniKube.Server.Tests;

/// <summary>Every kind of patch on one Deployment, held against what upstream answered.</summary>
[TestFixture]
public sealed class PatchTests
{
    private const string Path = "/apis/apps/v1/namespaces/ref2/deployments";

    private TestServer server = null!;

    public static IEnumerable<string> Cases() =>
        Directory.EnumerateFiles(System.IO.Path.Combine(System.IO.Path.GetDirectoryName(typeof(PatchTests).Assembly.Location)!, "Cases", "patches"), "*.case.json")
            .Select(f => System.IO.Path.GetFileName(f)[..^".case.json".Length]).Order(StringComparer.Ordinal);

    [OneTimeSetUp]
    public async Task Start() => server = await TestServer.Start();

    [OneTimeTearDown]
    public async Task Stop() => await server.DisposeAsync();

    [TestCaseSource(nameof(Cases))]
    public async Task A_patch_does_what_upstream_does(string name)
    {
        var folder = Facts.Folder("patches");
        var fact = Facts.Read(System.IO.Path.Combine(folder, name + ".case.json"));
        var before = Facts.Read(System.IO.Path.Combine(folder, "before.json"));
        await server.Send("PATCH", $"{Path}/d", """{"metadata":{"finalizers":null}}""", "application/merge-patch+json");
        await server.Send("DELETE", $"{Path}/d");
        var (created, _) = await server.Send("POST", Path, before.ToString());
        Assert.That(created, Is.EqualTo(201));

        var (code, body) = await server.Send("PATCH", $"{Path}/d", fact["patch"]!.ToString(), fact.Text("type")!);

        if (fact.Map("after") is { } after)
        {
            Assert.That(code, Is.EqualTo(200), body.ToString());
            foreach (var member in new[] { "status", "kind", "apiVersion" }) body.Remove(member);
            after.Remove("status");
            Assert.That(Facts.Stable(body).ToString(), Is.EqualTo(Facts.Stable(after).ToString()));
        }
        else
        {
            Assert.That(Facts.Stable(Facts.Refusal(code, body)).ToString(), Is.EqualTo(Facts.Stable(fact.Map("refused")!).ToString()));
        }
    }
}
