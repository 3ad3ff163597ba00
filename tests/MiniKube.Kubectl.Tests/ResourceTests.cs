using MiniKube.Machinery;

namespace MiniKube.Kubectl.Tests;

[TestFixture]
public sealed class ResourceTests
{
    private const string Groups = """
        {"items":[
         {"metadata":{},"versions":[{"version":"v1","resources":[
          {"resource":"pods","singularResource":"pod","responseKind":{"kind":"Pod"},"scope":"Namespaced","shortNames":["po"],"categories":["all"],"verbs":["get"],"subresources":[{"subresource":"log"}]},
          {"resource":"events","singularResource":"event","responseKind":{"kind":"Event"},"scope":"Namespaced","shortNames":["ev"],"verbs":["get"]},
          {"resource":"nodes","singularResource":"node","responseKind":{"kind":"Node"},"scope":"Cluster","verbs":["get"]}]}]},
         {"metadata":{"name":"apps"},"versions":[
          {"version":"v1","resources":[{"resource":"deployments","singularResource":"deployment","responseKind":{"kind":"Deployment"},"scope":"Namespaced","shortNames":["deploy"],"categories":["all"],"verbs":["get"]}]},
          {"version":"v1beta1","resources":[{"resource":"deployments","singularResource":"deployment","responseKind":{"kind":"Deployment"},"scope":"Namespaced","verbs":["get"]}]}]},
         {"metadata":{"name":"events.k8s.io"},"versions":[{"version":"v1","resources":[{"resource":"events","singularResource":"event","responseKind":{"kind":"Event"},"scope":"Namespaced","verbs":["get"]}]}]}]}
        """;

    private static readonly Discovery Types = Read();

    private static Discovery Read()
    {
        var (all, versions) = (new List<ApiResource>(), new List<string>());
        Discovery.ReadAggregated(JsonReader.ParseMap(Groups), all, versions);
        return new(all, versions);
    }

    [TestCase("po", "v1 pods")]
    [TestCase("Pod", "v1 pods")]
    [TestCase("deploy", "apps/v1 deployments")]
    [TestCase("deployments.apps", "apps/v1 deployments")]
    [TestCase("deployments.v1beta1.apps", "apps/v1beta1 deployments")]
    [TestCase("deployment.app", "apps/v1 deployments")]
    [TestCase("events", "v1 events")]
    [TestCase("events.events.k8s.io", "events.k8s.io/v1 events")]
    public void Words_for_types_are_understood(string word, string type) => Assert.That(Types.Find(word) is { } t ? $"{t.ApiVersion} {t.Plural}" : null, Is.EqualTo(type));

    [TestCase("pods", "Pod/")]
    [TestCase("pods,deploy", "Pod/ Deployment/")]
    [TestCase("pod a b", "Pod/a Pod/b")]
    [TestCase("pod/a deploy/b", "Pod/a Deployment/b")]
    [TestCase("all", "Pod/ Deployment/")]
    public void Arguments_select(string line, string selected) =>
        Assert.That(string.Join(' ', Selection.Of(line.Split(' '), Types).Parts.Select(p => $"{p.Type.Kind}/{p.Name}")), Is.EqualTo(selected));

    [TestCase("nope", "the server doesn't have a resource type \"nope\"")]
    [TestCase("pod/a/b", "arguments in resource/name form must have a single resource and name")]
    [TestCase("pod/", "arguments in resource/name form must have a single resource and name")]
    public void What_selects_nothing_is_told_of(string line, string message) =>
        Assert.That(() => Selection.Of(line.Split(' '), Types), Throws.TypeOf<Failure>().With.Message.EqualTo(message));

    [Test]
    public void Lists_in_files_count_as_what_is_in_them() =>
        Assert.That(Manifests.Parse("{kind: List, apiVersion: v1, items: [{kind: Pod, apiVersion: v1, metadata: {name: a}}]}\n---\n---\n{kind: Pod, apiVersion: v1, metadata: {name: b}}", "x").Select(m => m.Object.Name()), Is.EqualTo((string[])["a", "b"]));

    [TestCase("{kind: Pod}", "apiVersion not set")]
    [TestCase("{apiVersion: v1}", "kind not set")]
    [TestCase("- a", "cannot unmarshal")]
    public void Files_that_hold_no_objects_are_told_of(string text, string message) =>
        Assert.That(() => Manifests.Parse(text, "x").ToList(), Throws.TypeOf<Failure>().With.Message.Contains(message));

    [Test]
    public void Refusals_are_worded_as_kubectl_words_them()
    {
        var invalid = ApiError.Invalid("apps", "Deployment", "w", [new FieldError("spec.a", FieldFault.Required, "Required value"), new FieldError("spec.b", FieldFault.Invalid, "Invalid value: 1")]);
        Assert.That(FailureText.Of(ApiError.NotFound("", "pods", "x")), Is.EqualTo("Error from server (NotFound): pods \"x\" not found"));
        Assert.That(FailureText.Of(invalid), Is.EqualTo("The Deployment \"w\" is invalid: \n* spec.a: Required value\n* spec.b: Invalid value: 1"));
        Assert.That(FailureText.Of(new Failure("x")), Is.EqualTo("error: x"));
    }
}
