using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using MiniKube.Server.Streams;

namespace MiniKube.Server.Tests.Security;

/// <summary>Whoever may read the logs of pods may search those of pods that are gone, and nobody else.</summary>
[TestFixture]
public sealed class LogSearchTests
{
    private static readonly UserInfo Ann = new("ann", [UserInfo.Authenticated]);

    private readonly Door door = new();
    private TestServer server = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        server = await TestServer.Start();
        server.Assembly.Nodes.Open("n", door);
        await server.Send("POST", "/apis/rbac.authorization.k8s.io/v1/namespaces/ref/roles", """{"metadata":{"name":"v"},"rules":[{"apiGroups":[""],"resources":["pods/log"],"verbs":["get"]}]}""");
        await server.Send("POST", "/apis/rbac.authorization.k8s.io/v1/namespaces/ref/rolebindings",
            """{"metadata":{"name":"v"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"v"},"subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"User","name":"ann"}]}""");
    }

    [OneTimeTearDown]
    public async Task Stop() => await server.DisposeAsync();

    [Test]
    public async Task The_owner_searches_everywhere()
    {
        Assert.That(await Search("?text=a%20b&since=2026-01-01T00:00:00Z&labelSelector=app%3Dx", TestServer.Admin), Is.EqualTo("""{"time":"t","namespace":"ref","pod":"p","container":"c","line":"said"}""" + "\n"));
        Assert.That(door.Asked, Is.EqualTo(new LogSearchQuery { Text = "a b", Since = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), Labels = door.Asked!.Labels }));
        Assert.That(door.Asked.Labels.Matches(name => name == "app" ? "x" : null), Is.True);
    }

    [Test]
    public async Task Who_reads_logs_in_a_namespace_searches_there_and_not_what_was_before_it()
    {
        Assert.That(await Search("?namespace=ref", Ann), Does.Contain("said"));
        Assert.That((door.Asked!.Namespace, door.Asked.BornAfter is not null), Is.EqualTo(("ref", true)));
    }

    [TestCase("", 403)]
    [TestCase("?namespace=ref2", 403)]
    [TestCase("?namespace=", 403)]
    [TestCase("?namespace=ref&since=lately", 400)]
    [TestCase("?namespace=ref&labelSelector=a+b", 400)]
    public async Task Everything_else_is_refused(string query, int code) => Assert.That((await server.Send("GET", "/minik/logs" + query, user: Ann)).Code, Is.EqualTo(code));

    [Test]
    public async Task Strangers_and_writers_are_refused()
    {
        Assert.That((await server.Send("GET", "/minik/logs?namespace=ref", user: new("system:anonymous", ["system:unauthenticated"]))).Code, Is.EqualTo(403));
        Assert.That((await server.Send("POST", "/minik/logs", user: Ann)).Code, Is.EqualTo(403));
        Assert.That((await server.Send("POST", "/minik/logs")).Code, Is.EqualTo(405));
    }

    [TestCase("tailLines=x", "strconv.ParseInt: parsing \"x\": invalid syntax")]
    [TestCase("limitBytes=1k", "strconv.ParseInt: parsing \"1k\": invalid syntax")]
    [TestCase("sinceSeconds=1.5", "strconv.ParseInt: parsing \"1.5\": invalid syntax")]
    public async Task Numbers_of_a_log_must_be_numbers(string query, string fault) =>
        Assert.That(await server.Send("GET", $"/api/v1/namespaces/ref/pods/p/log?{query}") is var (code, body) ? (code, body.Text("message")) : default, Is.EqualTo((400, fault)));

    private async Task<string> Search(string query, UserInfo user)
    {
        var http = new DefaultHttpContext { Response = { Body = new MemoryStream() } };
        await ((ApiResponse.Takeover)await server.Raw("GET", "/minik/logs" + query, user: user)).Run(http);
        return System.Text.Encoding.UTF8.GetString(((MemoryStream)http.Response.Body).ToArray());
    }

    private sealed class Door : INodeDoor
    {
        public LogSearchQuery? Asked { get; private set; }

        public async IAsyncEnumerable<FoundLine> Search(LogSearchQuery query, [EnumeratorCancellation] CancellationToken cancel)
        {
            Asked = query;
            await Task.CompletedTask;
            yield return new("t", "ref", "p", "c", "said");
        }

        public Task<(IAsyncEnumerable<ReadOnlyMemory<byte>>? Lines, string? Refusal)> Logs(string ns, string pod, LogQuery query, CancellationToken cancel) => throw new NotSupportedException();
        public Task<(IProcessDoor? Process, string? Refusal)> Open(string ns, string pod, ProcessQuery query, CancellationToken cancel) => throw new NotSupportedException();
        public Task<(Stream? Connection, string? Refusal)> Connect(string ns, string pod, int port, CancellationToken cancel) => throw new NotSupportedException();
    }
}
