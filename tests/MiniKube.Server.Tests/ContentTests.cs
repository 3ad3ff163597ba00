using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.Http;
using MiniKube.Machinery;

namespace MiniKube.Server.Tests;

/// <summary>What clients ask for in headers, and what they are told in them, where HTTP begins.</summary>
[TestFixture]
public sealed class ContentTests
{
    private const string Maps = "/api/v1/namespaces/ref/configmaps";
    private const string Tables = "application/json;as=Table;v=v1;g=meta.k8s.io";

    private TestServer server = null!;

    [SetUp]
    public async Task Start() => server = await TestServer.Start(tokens: new Dictionary<string, UserInfo> { ["root"] = TestServer.Admin });

    [TearDown]
    public async Task Stop() => await server.DisposeAsync();

    private async Task<(int Code, IHeaderDictionary Headers, byte[] Body)> Ask(string method, string path, byte[]? body = null, params (string Name, string Value)[] headers)
    {
        var http = new DefaultHttpContext();
        var at = path.IndexOf('?');
        (http.Request.Method, http.Request.Path) = (method, at < 0 ? path : path[..at]);
        http.Request.QueryString = new(at < 0 ? "" : path[at..]);
        http.Request.Headers.Authorization = "Bearer root";
        foreach (var (name, value) in headers) http.Request.Headers[name] = value;
        if (body is not null) (http.Request.Body, http.Request.ContentLength) = (new MemoryStream(body), body.Length);
        var answer = new MemoryStream();
        http.Response.Body = answer;
        await server.Assembly.Front.Serve(http);
        return (http.Response.StatusCode, http.Response.Headers, answer.ToArray());
    }

    private static JsonMap Read((int, IHeaderDictionary, byte[] Body) answer) => JsonReader.ReadMap(answer.Body);

    [Test]
    public async Task A_review_is_not_to_be_had_as_a_table()
    {
        const string reviews = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
        var body = """{"apiVersion":"authorization.k8s.io/v1","kind":"SelfSubjectAccessReview","spec":{"nonResourceAttributes":{"path":"/","verb":"get"}}}"""u8.ToArray();
        (string, string) json = ("Content-Type", "application/json");
        Assert.That((await Ask("POST", reviews, body, json, ("Accept", Tables))).Code, Is.EqualTo(406));
        var whole = await Ask("POST", reviews, body, json, ("Accept", Tables + ",application/json"));
        Assert.That(whole.Code, Is.EqualTo(201));
        Assert.That(Read(whole).Text("kind"), Is.EqualTo("SelfSubjectAccessReview"));
    }

    [TestCase("v4.channel.k8s.io", 0, "{\"metadata\":{},\"status\":\"Success\"}")]
    [TestCase("channel.k8s.io", 0, null)]
    [TestCase(null, 0, null)]
    [TestCase("base64.channel.k8s.io", 3, "command terminated with non-zero exit code: exit status 3")]
    public void An_end_is_told_as_the_protocol_has_it(string? protocol, int code, string? told) =>
        Assert.That(global::MiniKube.Server.Streams.ProcessEnd.Told(protocol, global::MiniKube.Server.Streams.ProcessEnd.Of(code)) is { } end ? Encoding.UTF8.GetString(end) : null, Is.EqualTo(told));

    private static byte[] Map(string name, int size = 1) => Encoding.UTF8.GetBytes($$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"{{{name}}}"},"data":{"k":"{{{new string('x', size)}}}"}}""");

    [TestCase("application/vnd.kubernetes.protobuf", ExpectedResult = 406)]
    [TestCase("application/cbor", ExpectedResult = 406)]
    [TestCase("text/html", ExpectedResult = 406)]
    [TestCase("application/vnd.kubernetes.protobuf,application/json", ExpectedResult = 200)]
    [TestCase("application/vnd.kubernetes.protobuf;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1;g=meta.k8s.io,application/json", ExpectedResult = 200)]
    [TestCase("application/cbor;q=0.9,application/*", ExpectedResult = 200)]
    [TestCase("text/html,application/xhtml+xml,*/*;q=0.8", ExpectedResult = 200)]
    [TestCase("application/json;as=Table;v=v9;g=meta.k8s.io", ExpectedResult = 406)]
    public async Task<int> A_form_that_is_not_spoken_is_not_acceptable(string accept)
    {
        var answer = await Ask("GET", Maps, null, ("Accept", accept));
        if (answer.Code == 406) Assert.That(Read(answer).Text("reason"), Is.EqualTo("NotAcceptable"));
        return answer.Code;
    }

    [TestCase("application/cbor")]
    [TestCase("application/xml")]
    public async Task A_body_in_a_form_that_is_not_spoken_is_of_no_use(string type)
    {
        var answer = await Ask("POST", Maps, Map("a"), ("Content-Type", type));
        Assert.That((answer.Code, Read(answer).Text("reason")), Is.EqualTo((415, "UnsupportedMediaType")));
        Assert.That((await Ask("GET", Maps + "/a")).Code, Is.EqualTo(404));
    }

    [Test]
    public async Task Yaml_goes_in_and_out()
    {
        var made = await Ask("POST", Maps, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: y}\ndata: {k: 'on'}\n"u8.ToArray(), ("Content-Type", "application/yaml"), ("Accept", "application/yaml"));
        Assert.That((made.Code, made.Headers.ContentType.ToString()), Is.EqualTo((201, "application/yaml")));
        Assert.That(((JsonMap)YamlReader.Read(Encoding.UTF8.GetString(made.Body))).Map("data")!.Text("k"), Is.EqualTo("on"));
        var list = await Ask("GET", Maps, null, ("Accept", "application/yaml"));
        Assert.That(((JsonMap)YamlReader.Read(Encoding.UTF8.GetString(list.Body))).Text("kind"), Is.EqualTo("ConfigMapList"));
    }

    [Test]
    public async Task What_is_more_than_three_megabytes_is_too_much()
    {
        var limit = server.Assembly.Context.Options.MaxBodyBytes;
        var answer = await Ask("POST", Maps, Map("big", limit));
        Assert.That((limit, answer.Code, Read(answer).Text("reason"), Read(answer).Text("message")), Is.EqualTo((3 * 1024 * 1024, 413, "RequestEntityTooLarge", $"Request entity too large: limit is {limit}")));
    }

    [TestCase(1, false)]
    [TestCase(1000, false)]
    [TestCase(200_000, true)]
    public async Task Only_what_is_large_is_compressed(int size, bool compressed)
    {
        await Ask("POST", Maps, Map("a", size));
        foreach (var path in new[] { Maps, Maps + "/a" })
        {
            var answer = await Ask("GET", path, null, ("Accept-Encoding", "gzip"));
            Assert.That(answer.Headers.ContentEncoding.ToString(), Is.EqualTo(compressed ? "gzip" : ""), path);
            using var zip = compressed ? (Stream)new GZipStream(new MemoryStream(answer.Body), CompressionMode.Decompress) : new MemoryStream(answer.Body);
            var plain = new MemoryStream();
            await zip.CopyToAsync(plain);
            Assert.That(Encoding.UTF8.GetString(plain.ToArray()), Does.Contain(new string('x', size)), path);
            Assert.That((await Ask("GET", path)).Headers.ContentEncoding.ToString(), Is.Empty, path);
        }
    }

    [TestCase("", 201, "299 - \"unknown field \\\"datum\\\"\"")]
    [TestCase("?fieldValidation=Warn", 201, "299 - \"unknown field \\\"datum\\\"\"")]
    [TestCase("?fieldValidation=Ignore", 201, "")]
    [TestCase("?fieldValidation=Strict", 400, "")]
    [TestCase("?fieldValidation=strict", 422, "")]
    public async Task Who_misspells_is_told_as_he_asked_to_be(string query, int code, string warning)
    {
        var answer = await Ask("POST", Maps + query, """{"metadata":{"name":"a"},"datum":{}}"""u8.ToArray());
        Assert.That((answer.Code, answer.Headers["Warning"].ToString()), Is.EqualTo((code, warning)));
        if (code == 400) Assert.That(Read(answer).Text("message"), Is.EqualTo("ConfigMap in version \"v1\" cannot be handled as a ConfigMap: strict decoding error: unknown field \"datum\""));
    }

    [Test]
    public async Task Doubled_fields_are_told_of_too()
    {
        var answer = await Ask("POST", Maps, """{"metadata":{"name":"a"},"data":{"k":"1","k":"2"}}"""u8.ToArray());
        Assert.That((answer.Code, answer.Headers["Warning"].ToString()), Is.EqualTo((201, "299 - \"duplicate field \\\"data.k\\\"\"")));
    }

    [TestCase("/api")]
    [TestCase("/apis")]
    public async Task Who_knows_all_groups_already_is_not_told_again(string path)
    {
        const string all = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";
        var first = await Ask("GET", path, null, ("Accept", all));
        Assert.That((first.Code, first.Headers.ContentType.ToString(), first.Headers.Vary.ToString()), Is.EqualTo((200, "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList", "Accept")));
        Assert.That(Read(first).Text("kind"), Is.EqualTo("APIGroupDiscoveryList"));
        var again = await Ask("GET", path, null, ("Accept", all), ("If-None-Match", first.Headers.ETag.ToString()));
        Assert.That((again.Code, again.Body.Length), Is.EqualTo((304, 0)));
        var plain = await Ask("GET", path, null, ("If-None-Match", first.Headers.ETag.ToString()));
        Assert.That((plain.Code, Read(plain).Text("kind")), Is.EqualTo((200, path == "/api" ? "APIVersions" : "APIGroupList")));
    }

    [Test]
    public async Task A_described_group_may_be_kept_for_ever_under_its_hash()
    {
        var index = Read(await Ask("GET", "/openapi/v3"));
        var url = index.Map("paths")!.Map("apis/apps/v1")!.Text("serverRelativeURL")!;
        var answer = await Ask("GET", url);
        Assert.That((answer.Code, answer.Headers.CacheControl.ToString(), $"\"{url.Split('=')[1]}\""), Is.EqualTo((200, "public, immutable", answer.Headers.ETag.ToString())));
        Assert.That((await Ask("GET", "/openapi/v3/apis/apps/v1")).Headers.CacheControl.ToString(), Is.EqualTo("no-cache, private"));
    }

    private async Task<List<JsonMap>> Watched(string query, string accept = "application/json") =>
        [.. Encoding.UTF8.GetString((await Ask("GET", $"{Maps}?watch=1&timeoutSeconds=1&{query}", null, ("Accept", accept))).Body).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(JsonReader.ParseMap)];

    [Test]
    public async Task A_watch_that_begins_with_a_list_says_where_the_list_ends()
    {
        await Ask("POST", Maps, Map("a"));
        await Ask("POST", Maps, Map("b"));
        var events = await Watched("sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan");
        var end = events[2].Map("object")!.Map("metadata")!;
        Assert.Multiple(() =>
        {
            Assert.That(events.Take(3).Select(e => e.Text("type")), Is.EqualTo(new[] { "ADDED", "ADDED", "BOOKMARK" }));
            Assert.That(end.Map("annotations")!.Text("k8s.io/initial-events-end"), Is.EqualTo("true"));
            Assert.That(long.Parse(end.Text("resourceVersion")!), Is.GreaterThanOrEqualTo(events.Take(2).Max(e => long.Parse(e.Map("object")!.Map("metadata")!.Text("resourceVersion")!))));
        });
        var refused = await Ask("GET", $"{Maps}?watch=1&sendInitialEvents=true");
        Assert.That((refused.Code, Read(refused).Text("message")), Is.EqualTo((422, "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")));
    }

    [Test]
    public async Task A_watch_in_tables_names_the_columns_once()
    {
        await Ask("POST", Maps, Map("a"));
        await Ask("POST", Maps, Map("b"));
        var events = await Watched("resourceVersion=0", Tables);
        Assert.That(events.Select(e => e.Map("object")!.Text("kind")), Is.All.EqualTo("Table"));
        Assert.That(events.Select(e => e.Map("object")!.List("columnDefinitions")?.Count ?? 0), Is.EqualTo(new[] { 3, 0 }));
        Assert.That(events.Select(e => e.Map("object")!.List("rows")!.Maps().Single().List("cells")![0].ToString()), Is.EqualTo(new[] { "\"a\"", "\"b\"" }));
    }

    [Test]
    public async Task A_token_that_is_none_leads_nowhere()
    {
        var token = Convert.ToBase64String("""{"v":"meta.k8s.io/v1","rv":1,"start":"ref/a"}"""u8).TrimEnd('=');
        var future = Convert.ToBase64String("""{"v":"meta.k8s.io/v1","rv":999999999,"start":"ref/a"}"""u8).TrimEnd('=');
        Assert.That((await Ask("GET", $"{Maps}?limit=1&continue={future}")).Code, Is.EqualTo(504));
        foreach (var nonsense in new[] { "x", "e30", token[..^4] })
        {
            var answer = await Ask("GET", $"{Maps}?limit=1&continue={nonsense}");
            Assert.That(answer.Code, Is.EqualTo(400), nonsense);
            Assert.That(Read(answer).Text("message"), Does.StartWith("invalid continue token"), nonsense);
        }
        var match = await Ask("GET", $"{Maps}?limit=1&continue={token}&resourceVersion=3");
        Assert.That((match.Code, Read(match).Text("message")), Is.EqualTo((400, "specifying resource version is not allowed when using continue")));
    }
}
