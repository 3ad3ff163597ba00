using MiniKube.Machinery;

namespace MiniKube.Server.Tests.Security;

/// <summary>Small plug-ins of the admission chain, each by what it adds and what it refuses.</summary>
[TestFixture]
public sealed class PlugInTests
{
    private TestServer server = null!;

    [SetUp]
    public async Task Start() => server = await TestServer.Start();

    [TearDown]
    public async Task Stop() => await server.DisposeAsync();

    private async Task Make(string path, string body)
    {
        var (code, made) = await server.Send("POST", path, body);
        Assert.That(code, Is.EqualTo(201), made.ToString());
    }

    private Task Class(string content) => Make("/apis/node.k8s.io/v1/runtimeclasses", """{"metadata":{"name":"box"},"handler":"kata",CONTENT}""".Replace("CONTENT", content, StringComparison.Ordinal));

    private Task<(int Code, JsonMap Body)> Pod(string spec) => server.Send("POST", "/api/v1/namespaces/ref/pods",
        """{"metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"i"}],SPEC}}""".Replace("SPEC", spec, StringComparison.Ordinal));

    [TestCase("\"overhead\":{\"podFixed\":{\"cpu\":\"250m\"}}", "\"runtimeClassName\":\"box\"", "\"overhead\":{\"cpu\":\"250m\"}")]
    [TestCase("\"overhead\":{\"podFixed\":{\"cpu\":\"250m\"}}", "\"runtimeClassName\":\"box\",\"overhead\":{\"cpu\":\"0.25\"}", "\"overhead\":{\"cpu\":\"250m\"}")]
    [TestCase("\"scheduling\":{\"nodeSelector\":{\"vm\":\"yes\"}}", "\"runtimeClassName\":\"box\",\"nodeSelector\":{\"a\":\"b\"}", "\"nodeSelector\":{\"a\":\"b\",\"vm\":\"yes\"}")]
    [TestCase("\"scheduling\":{\"tolerations\":[{\"key\":\"vm\",\"operator\":\"Exists\"}]}", "\"runtimeClassName\":\"box\",\"tolerations\":[{\"key\":\"vm\",\"operator\":\"Exists\"}]", "\"tolerations\":[{\"key\":\"vm\",\"operator\":\"Exists\"},{\"key\":\"node.kubernetes.io/not-ready\"")]
    [TestCase("\"scheduling\":{\"tolerations\":[{\"key\":\"vm\",\"operator\":\"Exists\"}]}", "\"runtimeClassName\":\"box\"", "{\"key\":\"vm\",\"operator\":\"Exists\"}]")]
    public async Task A_runtime_class_says_what_its_pods_take_and_where_they_can_be(string content, string spec, string expected)
    {
        await Class(content);
        var (code, body) = await Pod(spec);
        Assert.That((code, body.ToString()), Is.EqualTo((201, body.ToString())));
        Assert.That(body.ToString(), Does.Contain(expected));
    }

    [TestCase("\"runtimeClassName\":\"none\"", "pod rejected: RuntimeClass \"none\" not found")]
    [TestCase("\"runtimeClassName\":\"box\",\"overhead\":{\"cpu\":\"1\"}", "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead")]
    [TestCase("\"overhead\":{\"cpu\":\"1\"}", "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead")]
    [TestCase("\"runtimeClassName\":\"box\",\"nodeSelector\":{\"vm\":\"no\"}", "conflict: runtimeClass.scheduling.nodeSelector[vm] = yes; pod.spec.nodeSelector[vm] = no")]
    public async Task A_pod_says_nothing_else_than_its_runtime_class(string spec, string fault)
    {
        await Class("\"overhead\":{\"podFixed\":{\"cpu\":\"250m\"}},\"scheduling\":{\"nodeSelector\":{\"vm\":\"yes\"}}");
        var (code, body) = await Pod(spec);
        Assert.That((code, body.Text("message")), Is.EqualTo((403, $"pods \"p\" is forbidden: {fault}")));
    }

    [TestCase("Bound", "fixed", "2Gi", "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize")]
    [TestCase("Bound", "gone", "2Gi", "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize")]
    [TestCase("Bound", "grows", "2Gi", null)]
    [TestCase("Bound", "fixed", "1Gi", null)]
    public async Task A_claim_grows_where_its_class_lets_it(string phase, string storageClass, string size, string? fault)
    {
        foreach (var (name, grows) in new[] { ("grows", "true"), ("fixed", "false") })
            await Make("/apis/storage.k8s.io/v1/storageclasses", $$"""{"metadata":{"name":"{{name}}"},"provisioner":"p","allowVolumeExpansion":{{grows}} }""");
        await Make("/api/v1/namespaces/ref/persistentvolumeclaims", """{"metadata":{"name":"c"},"spec":{"storageClassName":"CLASS","accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"}}}}"""
            .Replace("CLASS", storageClass, StringComparison.Ordinal));
        const string claim = "/api/v1/namespaces/ref/persistentvolumeclaims/c";
        await server.Send("PATCH", claim + "/status", $$"""{"status":{"phase":"{{phase}}"} }""", "application/merge-patch+json");
        var (code, body) = await server.Send("PATCH", claim, """{"spec":{"resources":{"requests":{"storage":"SIZE"}}}}""".Replace("SIZE", size, StringComparison.Ordinal), "application/merge-patch+json");
        Assert.That((code, body.Text("message")), Is.EqualTo(fault is null ? (200, null) : (403, $"persistentvolumeclaims \"c\" is forbidden: {fault}")));
    }

    [Test]
    public async Task A_quota_counts_what_a_pod_is_resized_to()
    {
        await Make("/api/v1/namespaces/ref/resourcequotas", """{"metadata":{"name":"q"},"spec":{"hard":{"requests.cpu":"1"}}}""");
        await server.Send("PATCH", "/api/v1/namespaces/ref/resourcequotas/q/status", """{"status":{"hard":{"requests.cpu":"1"},"used":{"requests.cpu":"0"}}}""", "application/merge-patch+json");
        await Make("/api/v1/namespaces/ref/pods", """{"metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"i","resources":{"requests":{"cpu":"600m"}}}]}}""");
        const string resize = """{"spec":{"containers":[{"name":"c","resources":{"requests":{"cpu":"SIZE"}}}]}}""";
        var (code, body) = await server.Send("PATCH", "/api/v1/namespaces/ref/pods/p/resize", resize.Replace("SIZE", "1100m", StringComparison.Ordinal), "application/strategic-merge-patch+json");
        Assert.That((code, body.Text("message")), Is.EqualTo((403, "pods \"p\" is forbidden: exceeded quota: q, requested: requests.cpu=500m, used: requests.cpu=600m, limited: requests.cpu=1")));
        (code, body) = await server.Send("PATCH", "/api/v1/namespaces/ref/pods/p/resize", resize.Replace("SIZE", "900m", StringComparison.Ordinal), "application/strategic-merge-patch+json");
        Assert.That(code, Is.EqualTo(200), body.ToString());
        var (_, quota) = await server.Send("GET", "/api/v1/namespaces/ref/resourcequotas/q");
        Assert.That(quota.Map("status")!.Map("used")!.Text("requests.cpu"), Is.EqualTo("900m"));
    }

    [TestCase("\"volumes\":[{\"name\":\"v\",\"secret\":{\"secretName\":\"own\"}}]", null)]
    [TestCase("\"volumes\":[{\"name\":\"v\",\"secret\":{\"secretName\":\"other\"}}]", "volume with secret.secretName=\"other\" is not allowed because service account careful does not reference that secret")]
    [TestCase("\"initContainers\":[{\"name\":\"n\",\"image\":\"i\",\"env\":[{\"name\":\"E\",\"valueFrom\":{\"secretKeyRef\":{\"name\":\"other\",\"key\":\"k\"}}}]}]",
        "init container n with envVar E referencing secret.secretName=\"other\" is not allowed because service account careful does not reference that secret")]
    [TestCase("\"initContainers\":[{\"name\":\"n\",\"image\":\"i\",\"envFrom\":[{\"secretRef\":{\"name\":\"other\"}}]}]",
        "init container n with envFrom referencing secret.secretName=\"other\" is not allowed because service account careful does not reference that secret")]
    [TestCase("\"imagePullSecrets\":[{\"name\":\"own\"}]", "imagePullSecrets[0].name=\"own\" is not allowed because service account careful does not reference that imagePullSecret")]
    public async Task An_account_that_asks_for_it_uses_its_own_secrets_only(string spec, string? fault)
    {
        await Make("/api/v1/namespaces/ref/serviceaccounts", """{"metadata":{"name":"careful","annotations":{"kubernetes.io/enforce-mountable-secrets":"true"}},"secrets":[{"name":"own"}]}""");
        var (code, body) = await Pod($"\"serviceAccountName\":\"careful\",{spec}");
        Assert.That((code, body.Text("message")), Is.EqualTo(fault is null ? (201, null) : (403, $"pods \"p\" is forbidden: {fault}")));
    }

    [TestCase("\"serviceAccountName\":\"default\"", "a mirror pod may not reference service accounts")]
    [TestCase("\"volumes\":[{\"name\":\"v\",\"secret\":{\"secretName\":\"s\"}}]", "a mirror pod may not reference secrets")]
    [TestCase("\"volumes\":[{\"name\":\"v\",\"configMap\":{\"name\":\"s\"}}]", "a mirror pod may not reference configmaps")]
    [TestCase("\"volumes\":[{\"name\":\"v\",\"persistentVolumeClaim\":{\"claimName\":\"s\"}}]", "a mirror pod may not reference persistentvolumeclaims")]
    [TestCase("\"volumes\":[{\"name\":\"v\",\"projected\":{\"sources\":[{\"serviceAccountToken\":{\"path\":\"p\"}}]}}]", "a mirror pod may not use ServiceAccountToken volume projections")]
    [TestCase("\"hostNetwork\":true", null)]
    public async Task A_mirror_pod_refers_to_nothing(string spec, string? fault)
    {
        var (code, body) = await server.Send("POST", "/api/v1/namespaces/ref/pods",
            """{"metadata":{"name":"p","annotations":{"kubernetes.io/config.mirror":"x"}},"spec":{"nodeName":"n","containers":[{"name":"c","image":"i"}],SPEC}}""".Replace("SPEC", spec, StringComparison.Ordinal));
        Assert.That((code, body.Text("message")), Is.EqualTo(fault is null ? (201, null) : (403, $"pods \"p\" is forbidden: {fault}")));
    }

    private const string Preset = """
        {"metadata":{"name":"db"},"spec":{"selector":{"matchLabels":{"role":"web"}},"env":[{"name":"DB","value":"x"}],"envFrom":[{"configMapRef":{"name":"more"}}],
         "volumes":[{"name":"cache","emptyDir":{}}],"volumeMounts":[{"name":"cache","mountPath":"/cache"}]}}
        """;

    [TestCase("\"role\":\"web\"", "", "\"env\":[]", true)]
    [TestCase("\"role\":\"web\"", "", "\"env\":[{\"name\":\"DB\",\"value\":\"x\"}]", true, TestName = "What is there already is left alone")]
    [TestCase("\"role\":\"web\"", "", "\"env\":[{\"name\":\"DB\",\"value\":\"other\"}]", false, TestName = "What contradicts keeps all away")]
    [TestCase("\"role\":\"db\"", "", "\"env\":[]", false)]
    [TestCase("\"role\":\"web\"", "\"podpreset.admission.kubernetes.io/exclude\":\"true\"", "\"env\":[]", false)]
    public async Task A_preset_gives_the_pods_it_chooses_what_it_holds(string labels, string annotations, string container, bool applied)
    {
        await Make("/apis/settings.k8s.io/v1alpha1/namespaces/ref/podpresets", Preset);
        var (code, body) = await server.Send("POST", "/api/v1/namespaces/ref/pods", """{"metadata":{"name":"p","labels":{LABELS},"annotations":{ANNOTATIONS}},"spec":{"containers":[{"name":"c","image":"i",CONTAINER}]}}"""
            .Replace("LABELS", labels, StringComparison.Ordinal).Replace("ANNOTATIONS", annotations, StringComparison.Ordinal).Replace("CONTAINER", container, StringComparison.Ordinal));
        Assert.That(code, Is.EqualTo(201), body.ToString());
        var (spec, only) = (body.Map("spec")!, body.Map("spec")!.List("containers")!.Maps().Single());
        Assert.Multiple(() =>
        {
            Assert.That((only.List("env") ?? []).Maps().Any(e => e.ToString() == """{"name":"DB","value":"x"}"""), Is.EqualTo(applied));
            Assert.That((only.List("env") ?? []).Count, Is.LessThanOrEqualTo(1));
            Assert.That(only.List("envFrom")?.ToString().Contains("more", StringComparison.Ordinal) == true, Is.EqualTo(applied));
            Assert.That(only.List("volumeMounts")!.Maps().Any(m => m.Text("mountPath") == "/cache"), Is.EqualTo(applied));
            Assert.That(spec.List("volumes")!.Maps().Any(v => v.Text("name") == "cache"), Is.EqualTo(applied));
            Assert.That(body.Map("metadata")!.Map("annotations")?.Has("podpreset.admission.kubernetes.io/podpreset-db") == true, Is.EqualTo(applied));
        });
    }

    [Test]
    public async Task A_preset_that_makes_no_sense_is_refused()
    {
        var (code, body) = await server.Send("POST", "/apis/settings.k8s.io/v1alpha1/namespaces/ref/podpresets", Preset.Replace("\"DB\"", "\"a=b\"", StringComparison.Ordinal));
        Assert.That($"{code} {body.Text("message")}", Does.StartWith("422 ").And.Contain("spec.env[0].name: Invalid value: \"a=b\""));
    }
}
