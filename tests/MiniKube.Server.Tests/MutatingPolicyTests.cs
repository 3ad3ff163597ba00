using MiniKube.Machinery;

namespace MiniKube.Server.Tests;

/// <summary>Mutating admission policies: what they make of what is written.</summary>
[TestFixture]
public sealed class MutatingPolicyTests
{
    private const string Group = "/apis/admissionregistration.k8s.io/v1";
    private const string Pods = "/api/v1/namespaces/ref/pods";
    private const string Pod = """{"metadata":{"name":"a","labels":{"x":"1"}},"spec":{"containers":[{"name":"c","image":"i","args":["1"]}]}}""";

    [TestCase("Object{metadata: Object.metadata{labels: {'y': '2'}}}", "metadata.labels", """{"x":"1","y":"2"}""")]
    [TestCase("Object{metadata: Object.metadata{annotations: Object.metadata.annotations{mine: object.metadata.name + '!'}}}", "metadata.annotations", """{"mine":"a!"}""")]
    [TestCase("Object{spec: Object.spec{priorityClassName: 'system-node-critical', ?nodeName: optional.none()}}", "spec.priorityClassName", "\"system-node-critical\"")]
    [TestCase("Object{spec: Object.spec{terminationGracePeriodSeconds: 5 + size(variables.names)}}", "spec.terminationGracePeriodSeconds", "6")]
    [TestCase("Object{spec: Object.spec{containers: object.spec.containers.map(c, Object.spec.containers.item{name: c.name, imagePullPolicy: 'Never'})}}",
        "spec.containers.0.imagePullPolicy", "\"Never\"")]
    public async Task Configurations_are_laid_over_the_object(string expression, string path, string expected) =>
        await Becomes($$$"""{"patchType":"ApplyConfiguration","applyConfiguration":{"expression":{{{new JsonText(expression)}}}}}""", path, expected);

    [TestCase("[JSONPatch{op: 'add', path: '/metadata/labels/y', value: '2'}]", "metadata.labels", """{"x":"1","y":"2"}""")]
    [TestCase("[JSONPatch{op: 'test', path: '/metadata/labels/x', value: '2'}, JSONPatch{op: 'remove', path: '/metadata/labels/x'}]", "metadata.labels", """{"x":"1"}""")]
    [TestCase("[JSONPatch{op: 'test', path: '/metadata/labels/x', value: '1'}, JSONPatch{op: 'replace', path: '/metadata/labels/x', value: '3'}]", "metadata.labels", """{"x":"3"}""")]
    [TestCase("[JSONPatch{op: 'add', path: '/metadata/labels/' + jsonpatch.escapeKey('example.com/y'), value: '2'}]", "metadata.labels", """{"x":"1","example.com/y":"2"}""")]
    [TestCase("[JSONPatch{op: 'add', path: '/spec/tolerations', value: [Object.spec.tolerations{key: 'k', operator: 'Exists'}]}]", "spec.tolerations.0", """{"key":"k","operator":"Exists"}""")]
    [TestCase("[JSONPatch{op: 'replace', path: '/metadata/name', value: 'other'}]", "metadata.name", "\"a\"")]
    public async Task Patches_change_the_object(string expression, string path, string expected) =>
        await Becomes($$$"""{"patchType":"JSONPatch","jsonPatch":{"expression":{{{new JsonText(expression)}}}}}""", path, expected);

    [Test]
    public async Task What_is_added_gets_its_defaults_and_is_validated()
    {
        await using var server = await TestServer.Start();
        await Policy(server, "p", """
            {"patchType":"ApplyConfiguration","applyConfiguration":{"expression":"Object{spec: Object.spec{initContainers: [Object.spec.initContainers{name: 'side', image: 'i', restartPolicy: 'Always'}]}}"}}
            """);
        var (code, pod) = await server.Send("POST", Pods, Pod);
        Assert.That(code, Is.EqualTo(201), pod.ToString());
        var side = pod.Map("spec")!.List("initContainers")!.Maps().Single();
        Assert.That((side.Text("restartPolicy"), side.Text("imagePullPolicy"), side.Text("terminationMessagePath")), Is.EqualTo(("Always", "Always", "/dev/termination-log")));

        await Policy(server, "q", """{"patchType":"JSONPatch","jsonPatch":{"expression":"[JSONPatch{op: 'add', path: '/metadata/labels/y', value: 'not a label'}]"}}""");
        Assert.That((await server.Send("POST", Pods, Pod.Replace("\"a\"", "\"b\""))).Code, Is.EqualTo(422));
    }

    [TestCase("Fail", 403)]
    [TestCase("Ignore", 201)]
    public async Task Failures_are_refused_or_let_pass(string failurePolicy, int code)
    {
        await using var server = await TestServer.Start();
        await Policy(server, "p", """
            {"patchType":"ApplyConfiguration","applyConfiguration":{"expression":"Object{spec: Object.spec{containers: [Object.spec.containers{name: 'c', args: ['2']}]}}"}}
            """, failurePolicy);
        var (status, answer) = await server.Send("POST", Pods, Pod);
        Assert.That(status, Is.EqualTo(code), answer.ToString());
        if (code == 403)
            Assert.That(answer.Text("message"), Is.EqualTo("pods \"a\" is forbidden: policy 'p' with binding 'p' denied request: "
                + "error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: .spec.containers[0].args"));
    }

    [TestCase("IfNeeded", "2")]
    [TestCase("Never", "1")]
    public async Task Who_wants_to_sees_what_came_after(string reinvocation, string count)
    {
        await using var server = await TestServer.Start();
        await Policy(server, "a", """{"patchType":"ApplyConfiguration","applyConfiguration":{"expression":"Object{metadata: Object.metadata{labels: {'count': string(size(object.metadata.labels))}}}"}}""",
            reinvocation: reinvocation);
        await Policy(server, "b", """{"patchType":"ApplyConfiguration","applyConfiguration":{"expression":"Object{metadata: Object.metadata{labels: {'y': '2'}}}"}}""");
        var (_, pod) = await server.Send("POST", Pods, Pod);
        // x alone at first; x, count and y when it is asked again.
        Assert.That(pod.Map("metadata")!.Map("labels")!.Text("count"), Is.EqualTo(count == "1" ? "1" : "3"), pod.ToString());
    }

    [TestCase("ApplyConfiguration", "applyConfiguration", "Thing{a: 1}", "undeclared reference to 'Thing' (in container '')")]
    [TestCase("ApplyConfiguration", "applyConfiguration", "Object{a 1}", "ERROR")]
    [TestCase("JSONPatch", "jsonPatch", "[JSONPatch{operation: 'add'}]", "undefined field 'operation'")]
    public async Task Changes_that_can_never_run_are_refused_when_written(string type, string field, string expression, string why)
    {
        await using var server = await TestServer.Start();
        var (code, answer) = await server.Send("POST", Group + "/mutatingadmissionpolicies", Body("p", $$$"""{"patchType":"{{{type}}}","{{{field}}}":{"expression":{{{new JsonText(expression)}}}}}""", "Fail", "Never"));
        Assert.That(code, Is.EqualTo(422), answer.ToString());
        Assert.That(answer.Text("message"), Does.Contain(why));
    }

    private static async Task Becomes(string mutation, string path, string expected)
    {
        await using var server = await TestServer.Start();
        await Policy(server, "p", mutation);
        var (code, pod) = await server.Send("POST", Pods, Pod);
        Assert.That(code, Is.EqualTo(201), pod.ToString());
        Json? found = pod;
        foreach (var step in path.Split('.')) found = found is JsonList list ? list[int.Parse(step)] : ((JsonMap?)found)?[step];
        Assert.That(found?.SameAs(JsonReader.Parse(expected)), Is.True, pod.ToString());
    }

    private static string Body(string name, string mutation, string failurePolicy, string reinvocation) => $$$"""
        {"metadata":{"name":"{{{name}}}"},"spec":{"failurePolicy":"{{{failurePolicy}}}","reinvocationPolicy":"{{{reinvocation}}}","mutations":[{{{mutation}}}],
         "variables":[{"name":"names","expression":"object.spec.containers.map(c, c.name)"}],
         "matchConstraints":{"resourceRules":[{"apiGroups":[""],"apiVersions":["v1"],"operations":["CREATE"],"resources":["pods"]}]} } }
        """;

    private static async Task Policy(TestServer server, string name, string mutation, string failurePolicy = "Fail", string reinvocation = "Never")
    {
        var (code, answer) = await server.Send("POST", Group + "/mutatingadmissionpolicies", Body(name, mutation, failurePolicy, reinvocation));
        Assert.That(code, Is.EqualTo(201), answer.ToString());
        (code, answer) = await server.Send("POST", Group + "/mutatingadmissionpolicybindings", $$"""{"metadata":{"name":"{{name}}"},"spec":{"policyName":"{{name}}"} }""");
        Assert.That(code, Is.EqualTo(201), answer.ToString());
    }
}
