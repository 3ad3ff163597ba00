using Microsoft.AspNetCore.Http;
using MiniKube.Machinery;
using MiniKube.Server.Audit;
using MiniKube.Server.Fairness;
using MiniKube.Server.Http;

namespace MiniKube.Server.Tests.Security;

/// <summary>What the audit log says about whom, and what it never says.</summary>
[TestFixture]
public sealed class AuditTests
{
    private TestServer server = null!;
    private string directory = null!;

    [SetUp]
    public async Task Start()
    {
        server = await TestServer.Start(tokens: new Dictionary<string, UserInfo> { ["root"] = new("root", [UserInfo.Masters]), ["uma"] = new("uma", ["devs", UserInfo.Authenticated]) });
        directory = Directory.CreateTempSubdirectory("minik-audit-").FullName;
    }

    [TearDown]
    public async Task Stop()
    {
        await server.DisposeAsync();
        Directory.Delete(directory, recursive: true);
    }

    private string LogFile => Path.Combine(directory, "audit.log");

    private async Task<List<JsonMap>> Events(string policy, params (string Method, string Path, string Body, string Token)[] requests)
    {
        var log = new AuditLog(AuditPolicy.Read(policy).Value, new AuditLogOptions(LogFile), TimeProvider.System, server.Assembly.Context.Log);
        var front = new HttpFront(server.Assembly.Api, server.Assembly.Authenticator, new Impersonation(server.Assembly.Authorizer),
            new FairQueueing(server.Assembly.Context.Store, TimeProvider.System, 600), log);
        foreach (var (method, path, body, token) in requests)
        {
            var http = new DefaultHttpContext();
            var at = path.IndexOf('?');
            (http.Request.Method, http.Request.Path, http.Request.ContentType) = (method, at < 0 ? path : path[..at], "application/json");
            http.Request.QueryString = new(at < 0 ? "" : path[at..]);
            http.Request.Headers.Authorization = "Bearer " + token;
            http.Request.Headers["Audit-Id"] = "chosen-id";
            http.Request.Body = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(body));
            http.Request.ContentLength = body.Length;
            http.Response.Body = new MemoryStream();
            await front.Serve(http);
            Assert.That(http.Response.Headers["Audit-Id"].ToString(), Is.EqualTo("chosen-id"));
        }
        await log.DisposeAsync();
        return File.Exists(LogFile) ? [.. File.ReadAllLines(LogFile).Select(JsonReader.ParseMap)] : [];
    }

    private static readonly (string, string, string, string) MakeSecret =
        ("POST", "/api/v1/namespaces/ref/secrets", """{"metadata":{"name":"s"},"stringData":{"k":"plain-secret"}}""", "root");

    [Test]
    public async Task Metadata_says_who_did_what_and_nothing_of_the_content()
    {
        var events = await Events("kind: Policy\nrules:\n- level: Metadata\n", MakeSecret);
        var done = events[^1];
        Assert.Multiple(() =>
        {
            Assert.That(events.Select(e => e.Text("stage")), Is.EqualTo(new[] { "RequestReceived", "ResponseComplete" }));
            Assert.That((done.Text("kind"), done.Text("apiVersion"), done.Text("level"), done.Text("verb"), done.Text("auditID")), Is.EqualTo(("Event", "audit.k8s.io/v1", "Metadata", "create", "chosen-id")));
            Assert.That(done.Map("user")!.Text("username"), Is.EqualTo("root"));
            Assert.That(done.Map("objectRef")!.ToString(), Is.EqualTo("""{"resource":"secrets","namespace":"ref","name":"s","apiVersion":"v1"}"""));
            Assert.That(done.Map("responseStatus")!.Whole("code"), Is.EqualTo(201));
            Assert.That(File.ReadAllText(LogFile), Does.Not.Contain("plain-secret").And.Not.Contain("cGxhaW4tc2VjcmV0"));
        });
    }

    [Test]
    public async Task The_first_rule_that_fits_decides()
    {
        const string policy = """
            kind: Policy
            omitStages: [RequestReceived]
            rules:
            - level: None
              users: [uma]
              verbs: [get]
            - level: RequestResponse
              resources: [{group: "", resources: [secrets]}]
              namespaces: [ref]
            - level: Request
              userGroups: [devs]
            """;
        var events = await Events(policy, MakeSecret, ("GET", "/version", "", "uma"), ("POST", "/api/v1/namespaces/ref2/secrets", """{"metadata":{"name":"t"}}""", "uma"),
            ("GET", "/version", "", "root"));
        Assert.Multiple(() =>
        {
            Assert.That(events, Has.Count.EqualTo(2));
            Assert.That(events[0].Map("requestObject")!.Map("stringData")!.Text("k"), Is.EqualTo("plain-secret"));
            Assert.That(events[0].Map("responseObject")!.Map("data")!.Text("k"), Is.EqualTo("cGxhaW4tc2VjcmV0"));
            Assert.That(events[1].Has("responseObject"), Is.False);
            Assert.That(events[1].Map("requestObject")!.Map("metadata")!.Text("name"), Is.EqualTo("t"));
            Assert.That(events[1].Map("responseStatus")!.Text("reason"), Is.EqualTo("Forbidden"));
        });
    }

    [TestCase("omitManagedFields: true", "", false)]
    [TestCase("omitManagedFields: true", "  omitManagedFields: false", true)]
    [TestCase("", "  omitManagedFields: true", false)]
    [TestCase("", "", true)]
    public async Task Who_owns_which_field_is_left_out_where_the_policy_says_so(string always, string rule, bool told)
    {
        var events = await Events($"kind: Policy\n{always}\nomitStages: [RequestReceived]\nrules:\n- level: RequestResponse\n{rule}\n", MakeSecret, ("GET", "/api/v1/namespaces/ref/secrets", "", "root"));
        var (made, listed) = (events[0].Map("responseObject")!.Map("metadata")!, events[1].Map("responseObject")!.List("items")!.Maps().First().Map("metadata")!);
        Assert.That((made.Has("managedFields"), listed.Has("managedFields"), made.Has("uid")), Is.EqualTo((told, told, true)));
    }

    [Test]
    public async Task Which_object_was_meant_is_on_record_whatever_became_of_it()
    {
        var (_, made) = await server.Send("POST", "/api/v1/namespaces/ref/configmaps", """{"metadata":{"name":"known"}}""");
        var uid = made.Map("metadata")!.Text("uid")!;
        var events = await Events("kind: Policy\nomitStages: [RequestReceived]\nrules:\n- level: Metadata\n",
            ("POST", "/api/v1/namespaces/ref/configmaps", """{"metadata":{"name":"fresh"}}""", "root"),
            ("POST", "/api/v1/namespaces/ref/configmaps", """{"metadata":{"name":"known"}}""", "root"),
            ("PUT", "/api/v1/namespaces/ref/configmaps/known", $$$"""{"metadata":{"name":"known","uid":"{{{uid}}}","resourceVersion":"1"} }""", "root"));
        Assert.That(events.Select(e => $"{e.Map("responseStatus")!.Whole("code")} {e.Map("objectRef")}"), Is.EqualTo(new[]
        {
            """201 {"resource":"configmaps","namespace":"ref","name":"fresh","apiVersion":"v1"}""",
            """409 {"resource":"configmaps","namespace":"ref","name":"known","apiVersion":"v1"}""",
            $$"""409 {"resource":"configmaps","namespace":"ref","name":"known","uid":"{{uid}}","apiVersion":"v1","resourceVersion":"1"}""",
        }));
    }

    /// <summary>Clients choose how they say it; the log says it in one way.</summary>
    [TestCase("application/yaml", "6b696e643a20436f6e6669674d61700a6d657461646174613a207b6e616d653a20637d0a646174613a207b613a20627d0a")]
    [TestCase("application/vnd.kubernetes.protobuf", "6b3873000a0f0a0276311209436f6e6669674d6170120d0a030a016312060a0161120162")]
    // The second is magic, {typeMeta: {apiVersion: v1, kind: ConfigMap}, raw: {metadata: {name: c}, data: {a: b}}}.
    public void What_was_sent_is_on_record_in_whatever_encoding(string type, string hex)
    {
        var sent = Body.Recorded(type, Convert.FromHexString(hex));
        Assert.That(sent is JsonMap map ? (map.Text("kind"), map.Map("metadata")?.Text("name"), map.Map("data")?.Text("a")) : default, Is.EqualTo(("ConfigMap", "c", "b")), $"{sent}");
    }

    [Test]
    public async Task What_lasts_is_on_record_when_it_starts_and_when_it_ends()
    {
        var events = await Events("kind: Policy\nrules:\n- level: Metadata\n", ("GET", "/api/v1/namespaces/ref/pods?watch=1&timeoutSeconds=1", "", "root"));
        Assert.That(events.Select(e => e.Text("stage")), Is.EqualTo(new[] { "RequestReceived", "ResponseStarted", "ResponseComplete" }));
        Assert.That(events.Select(e => e.Text("verb")), Is.All.EqualTo("watch"));
    }

    [Test]
    public async Task It_is_on_record_why_somebody_may_and_what_pod_security_said()
    {
        await server.Send("POST", "/apis/rbac.authorization.k8s.io/v1/namespaces/ref/rolebindings", """
            {"metadata":{"name":"devs"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"edit"},
             "subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"Group","name":"devs"}]}
            """);
        await server.Send("PATCH", "/api/v1/namespaces/ref", """{"metadata":{"labels":{"pod-security.kubernetes.io/enforce":"baseline","pod-security.kubernetes.io/audit":"restricted","pod-security.kubernetes.io/audit-version":"v1.8"}}}""", "application/merge-patch+json");
        // "edit" is put together by the aggregation controller, which doesn't run here.
        await server.Send("PATCH", "/apis/rbac.authorization.k8s.io/v1/clusterroles/edit", """{"rules":[{"apiGroups":[""],"resources":["pods","serviceaccounts/token"],"verbs":["create"]}]}""", "application/merge-patch+json");
        const string pod = """{"metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"i"}]}}""";
        var events = await Events("kind: Policy\nomitStages: [RequestReceived]\nrules:\n- level: Metadata\n",
            ("POST", "/api/v1/namespaces/ref/pods", pod, "uma"),
            ("POST", "/api/v1/namespaces/ref/pods", pod.Replace("\"containers\"", "\"hostPID\":true,\"containers\"", StringComparison.Ordinal), "uma"),
            ("POST", "/api/v1/namespaces/ref2/pods", pod, "uma"),
            ("POST", "/api/v1/namespaces/ref2/pods", pod, "root"),
            ("POST", "/api/v1/namespaces/ref/serviceaccounts/default/token", """{"kind":"TokenRequest","apiVersion":"authentication.k8s.io/v1","spec":{}}""", "uma"),
            ("GET", "/version", "", "nobody"));
        const string allowed = "\"authorization.k8s.io/decision\":\"allow\",\"authorization.k8s.io/reason\":\"RBAC: allowed by RoleBinding \\\"devs/ref\\\" of ClusterRole \\\"edit\\\" to Group \\\"devs\\\"\"";
        const string violations = "\"pod-security.kubernetes.io/audit-violations\":\"would violate PodSecurity \\\"restricted:v1.8\\\": ";
        string?[] notes = [.. events.Select(e => e.Map("annotations")?.ToString())];
        Assert.Multiple(() =>
        {
            Assert.That(notes[0], Is.EqualTo("{" + allowed + "," + violations + "allowPrivilegeEscalation != false (container \\\"c\\\" must set securityContext.allowPrivilegeEscalation=false), "
                + "runAsNonRoot != true (pod or container \\\"c\\\" must set securityContext.runAsNonRoot=true)\",\"pod-security.kubernetes.io/enforce-policy\":\"baseline:latest\"}"));
            Assert.That(notes[1], Does.Contain("host namespaces (hostPID=true)").And.Contain("baseline:latest"));
            Assert.That(events[1].Map("responseStatus")!.Whole("code"), Is.EqualTo(403));
            Assert.That(notes[2], Is.EqualTo("""{"authorization.k8s.io/decision":"forbid","authorization.k8s.io/reason":""}"""));
            Assert.That(notes[3], Is.EqualTo("""{"authorization.k8s.io/decision":"allow","authorization.k8s.io/reason":"","pod-security.kubernetes.io/enforce-policy":"privileged:latest"}"""));
            Assert.That(notes[4], Does.Match("\"authentication.kubernetes.io/issued-credential-id\":\"JTI=[0-9a-f-]{36}\""));
            Assert.That(notes[5], Is.Null);
        });
    }

    [Test]
    public async Task What_breaks_is_on_record_as_broken()
    {
        server.Assembly.Orders["/minik/broken"] = _ => throw new InvalidOperationException("it broke");
        var events = await Events("kind: Policy\nrules:\n- level: Metadata\n", ("POST", "/minik/broken", "", "root"));
        var panic = events.Single(e => e.Text("stage") == "Panic");
        Assert.That((panic.Map("responseStatus")!.Whole("code"), panic.Map("responseStatus")!.Text("reason")), Is.EqualTo((500L, "InternalError")));
    }

    [Test]
    public async Task Every_answer_says_whose_turn_it_was()
    {
        var http = new DefaultHttpContext();
        (http.Request.Method, http.Request.Path) = ("GET", "/version");
        http.Request.Headers.Authorization = "Bearer uma";
        http.Response.Body = new MemoryStream();
        await server.Assembly.Front.Serve(http);
        async Task<string?> Uid(string kind, string name) => (await server.Send("GET", $"/apis/flowcontrol.apiserver.k8s.io/v1/{kind}/{name}")).Body.Map("metadata")!.Text("uid");
        Assert.That(http.Response.Headers["X-Kubernetes-PF-FlowSchema-UID"].ToString(), Is.EqualTo(await Uid("flowschemas", "global-default")));
        Assert.That(http.Response.Headers["X-Kubernetes-PF-PriorityLevel-UID"].ToString(), Is.EqualTo(await Uid("prioritylevelconfigurations", "global-default")));
    }

    [Test]
    public async Task A_bad_credential_is_on_record()
    {
        var events = await Events("kind: Policy\nrules:\n- level: Metadata\n  omitStages: [RequestReceived]\n", ("GET", "/api", "", "stolen"));
        Assert.That(events.Single().Map("responseStatus")!.Whole("code"), Is.EqualTo(401));
        Assert.That(File.ReadAllText(LogFile), Does.Not.Contain("stolen"));
    }

    [TestCase("kind: Pod", "it is not an audit Policy")]
    [TestCase("kind: Policy", "it has no rules")]
    [TestCase("{kind: Policy, rules: [{level: All}]}", "rules[0].level: \"All\" must be one of None, Metadata, Request, RequestResponse")]
    [TestCase("{kind: Policy, omitStages: [Never], rules: [{level: None}]}", "Requested value 'Never' was not found.")]
    public void A_wrong_policy_is_refused_with_what_is_wrong(string policy, string why) => Assert.That(AuditPolicy.Read(policy).Error?.Message, Is.EqualTo(why));

    [Test]
    public async Task A_full_file_makes_room_and_the_oldest_go()
    {
        var log = new AuditLog(AuditPolicy.Default, new AuditLogOptions(LogFile) { MaxBytes = 1000, MaxBackups = 2 }, TimeProvider.System, server.Assembly.Context.Log);
        var info = RequestInfo.Of("GET", "/api/v1/pods", Query.Empty);
        for (var i = 0; i < 20; i++)
            await log.Record(new AuditRecord { Id = $"{i}", Level = AuditLevel.Metadata, Info = info, Uri = "/", User = TestServer.Admin, Received = default }, AuditStage.ResponseComplete, log.For(TestServer.Admin, info));
        await log.DisposeAsync();
        var files = Directory.GetFiles(directory);
        Assert.Multiple(() =>
        {
            Assert.That(files, Has.Length.EqualTo(3));
            Assert.That(files.Select(f => new FileInfo(f).Length), Is.All.LessThanOrEqualTo(1000));
            Assert.That(File.ReadAllLines(LogFile)[^1], Does.Contain("\"auditID\":\"19\""));
        });
    }

    [Test]
    public async Task What_is_too_old_goes_when_a_file_is_full()
    {
        var clock = new SetClock();
        var log = new AuditLog(AuditPolicy.Default, new AuditLogOptions(LogFile) { MaxBytes = 300, MaxBackups = 100, MaxAge = TimeSpan.FromDays(1.5) }, clock, server.Assembly.Context.Log);
        var info = RequestInfo.Of("GET", "/api/v1/pods", Query.Empty);
        foreach (var id in new[] { "first", "second", "third", "fourth" })
        {
            await log.Record(new AuditRecord { Id = id, Level = AuditLevel.Metadata, Info = info, Uri = "/", User = TestServer.Admin, Received = default }, AuditStage.ResponseComplete, log.For(TestServer.Admin, info));
            // One event fills a file, and each is in its own before the clock goes on.
            await MiniKube.TestKit.Until.True(() => File.Exists(LogFile) && File.ReadAllText(LogFile).Contains(id, StringComparison.Ordinal));
            clock.Now += TimeSpan.FromDays(1);
        }
        await log.DisposeAsync();
        var kept = Directory.GetFiles(directory).Select(File.ReadAllText).ToList();
        Assert.That(new[] { "first", "second", "third", "fourth" }.Where(id => kept.Any(t => t.Contains($"\"auditID\":\"{id}\"", StringComparison.Ordinal))), Is.EqualTo(new[] { "second", "third", "fourth" }));
    }
}
