using MiniKube.Machinery;

namespace MiniKube.Server.Tests;

/// <summary>Validating admission policies: whom they look at, what they find and what becomes of it.</summary>
[TestFixture]
public sealed class PolicyTests
{
    private const string Policies = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies";
    private const string Bindings = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings";
    private const string ConfigMaps = "/api/v1/namespaces/ref/configmaps";
    private const string AboutConfigMaps = """{"resourceRules":[{"apiGroups":[""],"apiVersions":["v1"],"operations":["CREATE","UPDATE"],"resources":["configmaps"]}]}""";

    [TestCase("""{"expression":"object.data.a == 'yes'"}""", 422, "Invalid", "failed expression: object.data.a == 'yes'")]
    [TestCase("""{"expression":"object.data.a == 'yes'","message":"say yes"}""", 422, "Invalid", "say yes")]
    [TestCase("""{"expression":"object.data.a == 'yes'","message":"say yes","messageExpression":"'not ' + object.data.a"}""", 422, "Invalid", "not no")]
    [TestCase("""{"expression":"object.data.a == 'yes'","message":"say yes","messageExpression":"object.nothing"}""", 422, "Invalid", "say yes")]
    [TestCase("""{"expression":"object.data.a == 'yes'","reason":"Forbidden"}""", 403, "Forbidden", "failed expression: object.data.a == 'yes'")]
    [TestCase("""{"expression":"object.data.a == 'yes'","reason":"RequestEntityTooLarge"}""", 413, "RequestEntityTooLarge", "failed expression: object.data.a == 'yes'")]
    [TestCase("""{"expression":"object.data.b == 'yes'"}""", 422, "Invalid", "expression 'object.data.b == 'yes'' resulted in error: no such key: b")]
    public async Task What_does_not_hold_is_refused_in_the_words_of_the_policy(string validation, int code, string reason, string why)
    {
        await using var server = await TestServer.Start();
        await Policy(server, $$"""{"matchConstraints":{{AboutConfigMaps}},"validations":[{{validation}}]}""");
        var (status, answer) = await server.Send("POST", ConfigMaps, """{"metadata":{"name":"c"},"data":{"a":"no"}}""");
        Assert.Multiple(() =>
        {
            Assert.That((status, answer.Text("reason")), Is.EqualTo((code, reason)), answer.ToString());
            Assert.That(answer.Text("message"), Is.EqualTo($"configmaps \"c\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: {why}"));
            Assert.That(answer.Map("details")!.List("causes")!.Maps().Single().Text("message"), Is.EqualTo($"ValidatingAdmissionPolicy 'p' with binding 'b' denied request: {why}"));
        });
        Assert.That((await server.Send("GET", ConfigMaps + "/c")).Code, Is.EqualTo(404));
    }

    [TestCase("object.data.a == 'no' && oldObject == null", true)]
    [TestCase("request.operation == 'CREATE' && request.resource.resource == 'configmaps' && request.kind.kind == 'ConfigMap' && request.namespace == 'ref' && request.name == 'c'", true)]
    [TestCase("request.userInfo.username == 'system:admin' && 'system:masters' in request.userInfo.groups && !request.dryRun", true)]
    [TestCase("namespaceObject.metadata.labels['kubernetes.io/metadata.name'] == 'ref'", true)]
    [TestCase("variables.long.size() == 4 && variables.longer == 'nonono'", true)]
    [TestCase("authorizer.group('').resource('pods').namespace('ref').check('create').allowed()", true)]
    [TestCase("authorizer.requestResource.check('delete').allowed()", true)]
    [TestCase("authorizer.serviceAccount('ref', 'default').group('').resource('pods').check('create').allowed()", false)]
    [TestCase("authorizer.path('/metrics').check('get').allowed()", true)]
    [TestCase("has(object.metadata.labels)", false)]
    public async Task Expressions_see_the_request(string expression, bool holds)
    {
        await using var server = await TestServer.Start();
        await Policy(server, $$"""
            {"matchConstraints":{{AboutConfigMaps}},"validations":[{"expression":{{new JsonText(expression)}}}],
             "variables":[{"name":"long","expression":"object.data.a + 'no'"},{"name":"longer","expression":"variables.long + 'no'"}]}
            """);
        var (status, answer) = await server.Send("POST", ConfigMaps, """{"metadata":{"name":"c"},"data":{"a":"no"}}""");
        Assert.That(status, Is.EqualTo(holds ? 201 : 422), answer.ToString());
    }

    [TestCase("""{"objectSelector":{"matchLabels":{"x":"1"}}}""", false)]
    [TestCase("""{"objectSelector":{"matchLabels":{"x":"2"}}}""", true)]
    [TestCase("""{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"ref"}}}""", false)]
    [TestCase("""{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"ref2"}}}""", true)]
    [TestCase("""{"resourceRules":[{"apiGroups":["*"],"apiVersions":["*"],"operations":["*"],"resources":["*/*"],"resourceNames":["c"]}]}""", false)]
    [TestCase("""{"resourceRules":[{"apiGroups":["*"],"apiVersions":["*"],"operations":["*"],"resources":["*"],"resourceNames":["d"]}]}""", true)]
    [TestCase("""{"resourceRules":[{"apiGroups":[""],"apiVersions":["v1"],"operations":["UPDATE"],"resources":["*"]}]}""", true)]
    [TestCase("""{"resourceRules":[{"apiGroups":[""],"apiVersions":["v1"],"operations":["CREATE"],"resources":["*/status"]}]}""", true)]
    [TestCase("""{"resourceRules":[{"apiGroups":[""],"apiVersions":["v1"],"operations":["CREATE"],"resources":["*"],"scope":"Cluster"}]}""", true)]
    [TestCase("""{"excludeResourceRules":[{"apiGroups":[""],"apiVersions":["v1"],"operations":["CREATE"],"resources":["configmaps"]}]}""", true)]
    public async Task Bindings_narrow_what_a_policy_looks_at(string matchResources, bool passes)
    {
        await using var server = await TestServer.Start();
        await Policy(server, $$"""{"matchConstraints":{{AboutConfigMaps}},"validations":[{"expression":"false"}]}""", $$""","matchResources":{{matchResources}}""");
        var (status, answer) = await server.Send("POST", ConfigMaps, """{"metadata":{"name":"c","labels":{"x":"1"}}}""");
        Assert.That(status, Is.EqualTo(passes ? 201 : 422), answer.ToString());
    }

    [TestCase("request.userInfo.username != 'system:admin'", "Fail", 201)]
    [TestCase("request.userInfo.username == 'system:admin'", "Fail", 422)]
    [TestCase("object.data.none == ''", "Fail", 422)]
    [TestCase("object.data.none == ''", "Ignore", 201)]
    public async Task Conditions_decide_whether_a_policy_looks_at_all(string condition, string failurePolicy, int code)
    {
        await using var server = await TestServer.Start();
        await Policy(server, $$"""
            {"matchConstraints":{{AboutConfigMaps}},"validations":[{"expression":"false"}],"failurePolicy":"{{failurePolicy}}",
             "matchConditions":[{"name":"c","expression":{{new JsonText(condition)}}}]}
            """);
        Assert.That((await server.Send("POST", ConfigMaps, """{"metadata":{"name":"c"},"data":{"a":"no"}}""")).Code, Is.EqualTo(code));
    }

    [TestCase("""{"name":"limits","parameterNotFoundAction":"Deny"}""", "failed expression: int(object.data.a) <= int(params.data.most)")]
    [TestCase("""{"selector":{"matchLabels":{"for":"limits"}},"parameterNotFoundAction":"Deny"}""", "failed expression: int(object.data.a) <= int(params.data.most)")]
    [TestCase("""{"name":"limits","namespace":"ref2","parameterNotFoundAction":"Deny"}""", "failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction")]
    [TestCase("""{"name":"limits","namespace":"ref2","parameterNotFoundAction":"Allow"}""", null)]
    public async Task Parameters_come_from_objects(string paramRef, string? why)
    {
        await using var server = await TestServer.Start();
        await server.Send("POST", ConfigMaps, """{"metadata":{"name":"limits","labels":{"for":"limits"}},"data":{"most":"3"}}""");
        await Policy(server, $$"""
            {"paramKind":{"apiVersion":"v1","kind":"ConfigMap"},"matchConstraints":{{AboutConfigMaps}},"validations":[{"expression":"int(object.data.a) <= int(params.data.most)"}]}
            """, $$""","paramRef":{{paramRef}}""");
        Assert.That((await server.Send("POST", ConfigMaps, """{"metadata":{"name":"low"},"data":{"a":"3"}}""")).Code, Is.EqualTo(why?.StartsWith("failed to") == true ? 422 : 201));
        var (status, answer) = await server.Send("POST", ConfigMaps, """{"metadata":{"name":"high"},"data":{"a":"4"}}""");
        Assert.That(status, Is.EqualTo(why is null ? 201 : 422), answer.ToString());
        if (why is not null) Assert.That(answer.Text("message"), Does.EndWith($"denied request: {why}"));
    }

    [Test]
    public async Task Warnings_go_to_the_client_and_nothing_is_refused()
    {
        await using var server = await TestServer.Start();
        await Policy(server, $$"""{"matchConstraints":{{AboutConfigMaps}},"validations":[{"expression":"false","message":"odd"}]}""", actions: """["Warn","Audit"]""");
        var request = Making();
        await server.Assembly.Api.Handle(request);
        Assert.Multiple(() =>
        {
            Assert.That(request.Warnings, Is.EqualTo(new[] { "Validation failed for ValidatingAdmissionPolicy 'p' with binding 'b': odd" }));
            Assert.That(request.Annotations!["validation.policy.admission.k8s.io/validation_failure"],
                Is.EqualTo("""[{"message":"odd","policy":"p","binding":"b","expressionIndex":0,"validationActions":["Warn","Audit"]}]"""));
        });
        Assert.That((await server.Send("GET", ConfigMaps + "/c")).Code, Is.EqualTo(200));
    }

    [Test]
    public async Task Annotations_of_the_audit_log_are_expressions()
    {
        await using var server = await TestServer.Start();
        await Policy(server, $$"""{"matchConstraints":{{AboutConfigMaps}},"auditAnnotations":[{"key":"who","valueExpression":"'by ' + request.userInfo.username"},{"key":"none","valueExpression":"null"}]}""");
        var request = Making();
        await server.Assembly.Api.Handle(request);
        Assert.That(request.Annotations!.Where(t => t.Key.StartsWith("p/")), Is.EqualTo(new Dictionary<string, string> { ["p/who"] = "by system:admin" }));
    }

    [Test]
    public async Task Deletions_are_judged_by_what_was_there()
    {
        await using var server = await TestServer.Start();
        await Policy(server, """
            {"matchConstraints":{"resourceRules":[{"apiGroups":[""],"apiVersions":["v1"],"operations":["DELETE"],"resources":["configmaps"]}]},
             "validations":[{"expression":"object == null && oldObject.data.keep != 'yes'","message":"to be kept"}]}
            """);
        await server.Send("POST", ConfigMaps, """{"metadata":{"name":"c"},"data":{"keep":"yes"}}""");
        await server.Send("POST", ConfigMaps, """{"metadata":{"name":"d"},"data":{"keep":"no"}}""");
        Assert.That((await server.Send("DELETE", ConfigMaps + "/c")).Body.Text("message"), Does.EndWith("denied request: to be kept"));
        Assert.That((await server.Send("DELETE", ConfigMaps + "/d")).Code, Is.EqualTo(200));
    }

    [Test]
    public async Task Nobody_is_locked_out_of_his_policies()
    {
        await using var server = await TestServer.Start();
        await Policy(server, """{"matchConstraints":{"resourceRules":[{"apiGroups":["*"],"apiVersions":["*"],"operations":["*"],"resources":["*/*"]}]},"validations":[{"expression":"false"}]}""");
        Assert.That((await server.Send("DELETE", ConfigMaps + "/kube-root-ca.crt")).Code, Is.EqualTo(404));
        Assert.That((await server.Send("POST", ConfigMaps, """{"metadata":{"name":"c"}}""")).Code, Is.EqualTo(422));
        Assert.That((await server.Send("DELETE", Bindings + "/b")).Code, Is.EqualTo(200));
        Assert.That((await server.Send("POST", ConfigMaps, """{"metadata":{"name":"c"}}""")).Code, Is.EqualTo(201));
    }

    [TestCase("""{"validations":[{"expression":"object.x +"}]}""", "spec.validations[0].expression", "compilation failed: ERROR: <input>:1:")]
    [TestCase("""{"validations":[{"expression":"nothing.x"}]}""", "spec.validations[0].expression", "compilation failed: ERROR: <input>:1:1: undeclared reference to 'nothing' (in container '')")]
    [TestCase("""{"validations":[{"expression":"params.x"}]}""", "spec.validations[0].expression", "compilation failed: ERROR: <input>:1:1: undeclared reference to 'params' (in container '')")]
    [TestCase("""{"validations":[{"expression":"variables.b"}],"variables":[{"name":"a","expression":"1"}]}""", "spec.validations[0].expression", "compilation failed: ERROR: <input>:1:10: undefined field 'b'")]
    [TestCase("""{"validations":[{"expression":"true"}],"variables":[{"name":"a","expression":"variables.b"},{"name":"b","expression":"1"}]}""", "spec.variables[0].expression", "compilation failed")]
    [TestCase("""{"validations":[{"expression":"true"}],"matchConditions":[{"name":"a","expression":"?"}]}""", "spec.matchConditions[0].expression", "compilation failed")]
    public async Task Expressions_that_can_never_run_are_refused_when_written(string part, string field, string why)
    {
        await using var server = await TestServer.Start();
        var spec = JsonReader.ReadMap(System.Text.Encoding.UTF8.GetBytes(part));
        spec.Set("matchConstraints", JsonReader.Parse(AboutConfigMaps));
        var (status, answer) = await server.Send("POST", Policies, $$"""{"metadata":{"name":"p"},"spec":{{spec}}}""");
        Assert.That(status, Is.EqualTo(422), answer.ToString());
        var cause = answer.Map("details")!.List("causes")!.Maps().Single();
        Assert.That((cause.Text("field"), cause.Text("message")!.Contains(why)), Is.EqualTo((field, true)), answer.ToString());
    }

    private static ApiRequest Making() => new()
    {
        Info = RequestInfo.Of("POST", ConfigMaps, Query.Parse("")), User = TestServer.Admin, Query = Query.Parse(""), Body = """{"metadata":{"name":"c"}}"""u8.ToArray(),
        ContentType = "application/json", Accept = "application/json", UserAgent = "test", Annotations = new Dictionary<string, string>(),
    };

    private static async Task Policy(TestServer server, string spec, string narrowed = "", string actions = """["Deny"]""")
    {
        var (code, answer) = await server.Send("POST", Policies, $$"""{"metadata":{"name":"p"},"spec":{{spec}}}""");
        Assert.That(code, Is.EqualTo(201), answer.ToString());
        (code, answer) = await server.Send("POST", Bindings, $$$"""{"metadata":{"name":"b"},"spec":{"policyName":"p","validationActions":{{{actions}}}{{{narrowed}}}}}""");
        Assert.That(code, Is.EqualTo(201), answer.ToString());
    }
}
