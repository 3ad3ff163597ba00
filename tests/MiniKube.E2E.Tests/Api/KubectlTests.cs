using MiniKube.TestKit;

namespace MiniKube.E2E.Tests.Api;

/// <summary>Every kubectl this machine has, against the shipped executable with simulated nodes.</summary>
[TestFixture]
public sealed class KubectlTests
{
    private const string Web = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web, labels: {app: web}}
        spec:
          replicas: 2
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec:
              containers:
              - {name: c, image: "web:1", ports: [{containerPort: 80}]}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: web}
        spec:
          selector: {app: web}
          ports: [{port: 80}]
        """;

    private MinikProcess minik = null!;

    [OneTimeSetUp]
    public async Task Start() => minik = await MinikProcess.Start("--runtime", "none", "--simulate-nodes", "3");

    [OneTimeTearDown]
    public async Task Stop() => await minik.DisposeAsync();

    // A machine without kubectl has nothing to try here; curl covers the API there.
    public static IEnumerable<string> Programs() => KubectlVersions.All.Select(p => Path.GetFileName(p));

    private static string PathOf(string program) => KubectlVersions.All.First(p => Path.GetFileName(p) == program);

    [TestCaseSource(nameof(Programs))]
    public async Task A_user_gets_through_an_ordinary_day(string program)
    {
        var ns = "day-" + program.Replace("kubectl", "v").Replace(".", "-");
        async Task<string> Do(string command, string? input = null)
        {
            var output = await minik.Kubectl($"-n {ns} {command}", input, PathOf(program));
            Assert.That(output.Code, Is.Zero, $"{program} {command}: {output.All}");
            return output.All;
        }

        await Do($"create namespace {ns}");
        await Until.Says(() => minik.Kubectl($"-n {ns} get serviceaccounts"), "default");
        Assert.That(await Do("apply -f -", Web), Does.Contain("deployment.apps/web created").And.Contain("service/web created"));
        await Do("rollout status deployment/web --timeout=180s");
        Assert.That(await Do("get deployment web"), Does.Contain("2/2"));
        Assert.That(await Do("get pods -o wide"), Does.Contain("Running").And.Contain("sim-"));
        Assert.That(await Do("apply -f -", Web.Replace("web:1", "web:2")), Does.Contain("deployment.apps/web configured"));
        await Do("rollout status deployment/web --timeout=180s");
        Assert.That(await Do("rollout history deployment/web"), Does.Contain("2"));
        await Do("rollout undo deployment/web");
        await Do("rollout status deployment/web --timeout=180s");
        Assert.That(await Do("get deployment web -o jsonpath={.spec.template.spec.containers[0].image}"), Is.EqualTo("web:1"));
        Assert.That(await Do("scale deployment web --replicas=3"), Does.Contain("scaled"));
        await Do("create configmap settings --from-literal=a=1");
        await Do("create secret generic hidden --from-literal=p=w");
        await Do("label configmap settings tier=one");
        await Do("annotate configmap settings note=x");
        await Do("""patch configmap settings -p '{"data":{"b":"2"}}'""");
        Assert.That(await Do("get configmap settings -o yaml"), Does.Contain("b: \"2\"").And.Contain("tier: one"));
        Assert.That(await Do("describe deployment web"), Does.Contain("ScalingReplicaSet"));
        Assert.That(await Do("explain deployment.spec.replicas"), Does.Contain("replicas"));
        Assert.That(await Do("get all"), Does.Contain("service/web"));
        Assert.That(await Do("apply --server-side --force-conflicts -f -", Web), Does.Contain("serverside-applied"));
        Assert.That(await Do("auth can-i create pods"), Does.Contain("yes"));
        await Do("delete -f -", Web);
        await Do($"delete namespace {ns} --timeout=180s");
    }

    // The oldest and the newest: draining takes its time.
    public static IEnumerable<string> Extremes() => Programs().Order(StringComparer.Ordinal) is var all && all.Any() ? new[] { all.First(), all.Last() }.Distinct() : [];

    [TestCaseSource(nameof(Extremes))]
    public async Task Rollouts_wait_for_nobody_but_their_owner_and_drains_for_budgets(string program)
    {
        var ns = "roll-" + program.Replace("kubectl", "v").Replace(".", "-");
        async Task<string> Do(string command, string? input = null, bool fails = false)
        {
            var output = await minik.Kubectl($"-n {ns} {command}", input, PathOf(program));
            Assert.That(output.Code, fails ? Is.Not.Zero : Is.Zero, $"{program} {command}: {output.All}");
            return output.All;
        }

        await Do($"create namespace {ns}");
        await Until.Says(() => minik.Kubectl($"-n {ns} get serviceaccounts"), "default");
        await Do("apply -f -", Web);
        await Do("wait --for=condition=Available deployment/web --timeout=180s");
        await Do("rollout pause deployment/web");
        await Do("set image deployment/web c=web:3");
        Assert.That((await Do("get replicasets -o name")).Trim(), Does.Not.Contain("\n"), "nothing is rolled out while paused");
        await Do("rollout undo deployment/web", fails: true);
        await Do("rollout resume deployment/web");
        await Do("rollout status deployment/web --timeout=180s");
        await Do("rollout restart deployment/web");
        await Do("rollout status deployment/web --timeout=180s");
        Assert.That(await Do("rollout history deployment/web --revision=2"), Does.Contain("web:3"));
        Assert.That(await Do("get deployment web -o jsonpath={.spec.template.metadata.annotations}"), Does.Contain("restartedAt"));

        var node = await Do("get pods -o jsonpath={.items[0].spec.nodeName}");
        await Do("create poddisruptionbudget held --selector=app=web --min-available=100%");
        await Until.Says(() => minik.Kubectl($"-n {ns} get poddisruptionbudget held -o jsonpath={{.status.currentHealthy}}"), "2");
        Assert.That(await Do($"drain {node} --pod-selector=app=web --timeout=3s", fails: true), Does.Contain("disruption budget"));
        await Do("delete poddisruptionbudget held");
        await Do($"drain {node} --pod-selector=app=web --timeout=180s");
        Assert.That(await Do("get nodes"), Does.Contain("SchedulingDisabled"));
        await Do("rollout status deployment/web --timeout=180s");
        Assert.That(await Do("get pods -o jsonpath={.items[*].spec.nodeName}"), Does.Not.Contain(node));
        await Do($"uncordon {node}");
        await Do($"delete namespace {ns} --timeout=180s");
    }

    [Test]
    public async Task A_misspelt_field_is_named()
    {
        var output = await minik.Kubectl("apply -f -", "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"z\"},\"dta\":{}}");
        Assert.That(output.All, Does.Contain("unknown field \"dta\""));
    }

    [Test]
    public async Task A_custom_resource_is_usable_as_soon_as_it_is_established()
    {
        const string definition = """
            {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"stones.e2e.io"},
             "spec":{"group":"e2e.io","scope":"Namespaced","names":{"plural":"stones","singular":"stone","kind":"Stone","shortNames":["st"]},
             "versions":[{"name":"v1","served":true,"storage":true,"subresources":{"status":{}},
              "additionalPrinterColumns":[{"name":"Weight","type":"integer","jsonPath":".spec.weight"}],
              "schema":{"openAPIV3Schema":{"type":"object","properties":{"spec":{"type":"object",
               "x-kubernetes-validations":[{"rule":"self.weight < 100","message":"too heavy"}],
               "properties":{"weight":{"type":"integer","default":7}}}}}}}]}}
            """;
        await minik.Kubectl("apply -f -", definition);
        await minik.Kubectl("wait --for=condition=Established crd/stones.e2e.io --timeout=180s");
        Assert.That((await minik.Kubectl("apply -f -", """{"apiVersion":"e2e.io/v1","kind":"Stone","metadata":{"name":"a"},"spec":{}}""")).All, Does.Contain("stone.e2e.io/a created"));
        Assert.That((await minik.Kubectl("get st")).Text, Does.Contain("WEIGHT").And.Contain("7"));
        Assert.That((await minik.Kubectl("patch stone a --type=merge -p '{\"spec\":{\"weight\":200}}'")).All, Does.Contain("too heavy"));
        await minik.Kubectl("delete crd stones.e2e.io --timeout=180s");
        Assert.That((await minik.Kubectl("get st")).Code, Is.Not.Zero);
    }
}
