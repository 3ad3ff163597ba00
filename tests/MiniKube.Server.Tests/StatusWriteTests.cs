using MiniKube.Machinery;

namespace MiniKube.Server.Tests;

/// <summary>The writes there are most of: the same reporter tells of the same object again.</summary>
[TestFixture]
public sealed class StatusWriteTests
{
    private const string Path = "/api/v1/namespaces/default/pods/p";

    // Two of one variable: whoever wants this pod is warned of it.
    private const string Pod = """{"metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"i","env":[{"name":"A","value":"1"},{"name":"A","value":"2"}]}]}}""";

    [Test]
    public async Task A_reporter_is_not_warned_and_keeps_its_entry()
    {
        await using var server = await TestServer.Start();
        await server.Send("POST", "/api/v1/namespaces/default/pods", Pod, agent: "maker");
        var first = await Report(server, "Running");
        var second = await Report(server, "Failed");

        Assert.That(Entries(second), Is.EqualTo(Entries(first)).And.Contains("kubelet status").And.Contains("maker "));
        Assert.That(second.Map("status")!.Text("phase"), Is.EqualTo("Failed"));
    }

    [Test]
    public async Task A_patch_cannot_reach_the_entries_of_the_object_that_is_stored()
    {
        await using var server = await TestServer.Start();
        await server.Send("POST", "/api/v1/namespaces/default/pods", Pod, agent: "maker");
        var before = (await server.Send("GET", Path)).Body.Map("metadata")!["managedFields"]!;
        var (code, _) = await server.Send("PATCH", Path + "?dryRun=All", $$$"""{"metadata":{"$deleteFromPrimitiveList/managedFields":{{{before}}}}}""", "application/strategic-merge-patch+json");
        await server.Send("PATCH", Path + "?dryRun=All", """[{"op":"remove","path":"/metadata/managedFields/0/fieldsV1/f:spec"}]""", "application/json-patch+json");
        await server.Send("PATCH", Path, """{"metadata":{"labels":{"a":"b"}}}""", "application/merge-patch+json", agent: "labeller");

        Assert.That(code, Is.EqualTo(200));
        var after = (await server.Send("GET", Path)).Body.Map("metadata")!.List("managedFields")!;
        Assert.That(((JsonList)before)[0].SameAs(after.Maps().Single(e => e.Text("manager") == "maker")), Is.True, after.ToString());
    }

    private static async Task<JsonMap> Report(TestServer server, string phase)
    {
        var request = new ApiRequest
        {
            Info = RequestInfo.Of("PATCH", Path + "/status", Query.Parse("")), User = TestServer.Admin, Query = Query.Parse(""),
            Body = System.Text.Encoding.UTF8.GetBytes($$$"""{"status":{"phase":"{{{phase}}}"}}"""), ContentType = "application/strategic-merge-patch+json",
            Accept = "application/json", UserAgent = "kubelet", Cancel = default,
        };
        var response = await server.Assembly.Api.Handle(request);
        Assert.That(request.Warnings, Is.Empty);
        return JsonReader.ReadMap(((ApiResponse.Bytes)response).Content.Span);
    }

    /// <summary>Who owns what, whenever it was said.</summary>
    private static string Entries(JsonMap obj) =>
        string.Join('\n', obj.Map("metadata")!.List("managedFields")!.Maps().Select(e => $"{e.Text("manager")} {e.Text("subresource")} {e["fieldsV1"]}").Order(StringComparer.Ordinal));
}
