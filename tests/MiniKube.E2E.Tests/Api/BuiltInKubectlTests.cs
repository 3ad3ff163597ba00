using System.Diagnostics;
using System.Text.RegularExpressions;
using MiniKube.TestKit;

namespace MiniKube.E2E.Tests.Api;

/// <summary>The kubectl that minik has built in, beside the real one: the same words, the same state, the same answers.</summary>
[TestFixture]
public sealed partial class BuiltInKubectlTests
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
            spec: {containers: [{name: c, image: "web:1", ports: [{containerPort: 80}]}]}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: web}
        spec: {selector: {app: web}, ports: [{port: 80}]}
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: odd, labels: {tier: one}}
        data: {number: "1", text: "a: b", lines: "x\n  y\n", html: "<a>", long: "aaaa bbbb cccc dddd eeee ffff gggg hhhh iiii jjjj kkkk llll mmmm nnnn oooo pppp qqqq rrrr"}
        """;

    private MinikProcess minik = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        minik = await MinikProcess.Start("--runtime", "none", "--simulate-nodes", "2");
        await Until.Says(() => minik.Kubectl("get serviceaccounts"), "default");
        Assert.That((await BuiltIn("apply -f -", Web)).All, Is.EqualTo("deployment.apps/web created\nservice/web created\nconfigmap/odd created\n"));
        await Until.Says(() => BuiltIn("get deployment web"), "2/2");
    }

    [OneTimeTearDown]
    public async Task Stop() => await minik.DisposeAsync();

    private Task<Output> BuiltIn(string command, string? input = null) => minik.Kubectl("kubectl " + command, input, MinikProcess.Binary);

    // Words that every version of kubectl answers alike.
    [TestCase("get pods")]
    [TestCase("get pods -o wide")]
    [TestCase("get pods -A")]
    [TestCase("get deploy,svc,cm")]
    [TestCase("get all")]
    [TestCase("get nodes")]
    [TestCase("get po -l app=web --show-labels")]
    [TestCase("get pods -L app --no-headers")]
    [TestCase("get pods --field-selector spec.nodeName=sim-0 -o name")]
    [TestCase("get configmaps -l tier=none")]
    [TestCase("get ns -o name")]
    [TestCase("get namespaces --sort-by=.metadata.name")]
    [TestCase("get deploy web -o jsonpath={.spec.template.spec.containers[0].image}")]
    [TestCase("get pods -o 'jsonpath={range .items[*]}{.metadata.name} {.spec.nodeName},{end}'")]
    [TestCase("get svc -o custom-columns=NAME:.metadata.name,PORTS:.spec.ports[*].port,NO:.none")]
    [TestCase("get svc -o 'go-template={{range .items}}{{.metadata.name}}:{{len .spec.ports}};{{end}}'")]
    [TestCase("get pod nope")]
    [TestCase("get pod nope --ignore-not-found")]
    [TestCase("get deploy web nope")]
    [TestCase("get nonsense")]
    [TestCase("get --raw /apis/apps/v1/namespaces/default/deployments/web/scale")]
    [TestCase("api-versions")]
    [TestCase("api-resources --api-group=batch -o name")]
    [TestCase("label cm odd tier=two")]
    [TestCase("label cm odd nothing-")]
    [TestCase("label cm odd --list")]
    [TestCase("scale deploy web --replicas=2 --current-replicas=7")]
    [TestCase("delete pod nope")]
    [TestCase("delete cm -l tier=none")]
    [TestCase("delete cm odd --dry-run=server")]
    [TestCase("create -f /nowhere.yaml")]
    [TestCase("create deployment d --image=a/b:1 --replicas=3 --port=80 --dry-run=client -o yaml")]
    [TestCase("create configmap m --from-literal=a=1 --from-literal=b=x=y --dry-run=client -o yaml")]
    [TestCase("create secret generic s --from-literal=a=1 --dry-run=client -o yaml")]
    [TestCase("create service clusterip c --tcp=80:8080 --dry-run=client -o yaml")]
    [TestCase("create namespace n --dry-run=client -o yaml")]
    [TestCase("create quota q --hard=cpu=1,pods=2 --dry-run=client -o yaml")]
    [TestCase("create role r --verb=get,list --resource=pods,deployments --dry-run=client -o yaml")]
    [TestCase("create clusterrolebinding b --clusterrole=view --user=u --serviceaccount=a:b --dry-run=client -o yaml")]
    [TestCase("create serviceaccount s --dry-run=client -o yaml")]
    [TestCase("create job j --image=x --dry-run=client -o yaml -- a b")]
    [TestCase("run p --image=x --port=80 --env=a=b --dry-run=client -o yaml -- c d")]
    [TestCase("rollout status deploy web")]
    [TestCase("rollout history deploy web")]
    [TestCase("rollout resume deploy web")]
    [TestCase("wait --for=condition=Available deploy/web")]
    [TestCase("wait --for=condition=Never deploy/web --timeout=1s")]
    [TestCase("set image deploy web nope=x")]
    [TestCase("exec nope -- ls")]
    [TestCase("taint nodes sim-0 none-")]
    [TestCase("uncordon sim-0")]
    [TestCase("auth can-i create pods")]
    [TestCase("config current-context")]
    [TestCase("config get-contexts")]
    public async Task Both_say_the_same(string command)
    {
        var (real, own) = (await minik.Kubectl(command), await BuiltIn(command));
        Assert.That((Timeless(own.Text), Timeless(own.Errors), own.Code), Is.EqualTo((Timeless(real.Text), Timeless(real.Errors), real.Code)));
    }

    // Words that have changed from version to version: the newest decides where there is one, elsewhere they must only succeed.
    [TestCase("get cm odd -o yaml")]
    [TestCase("get cm odd -o json")]
    [TestCase("get deployments -o yaml")]
    [TestCase("get deployment/web service/web -o json")]
    [TestCase("label cm odd tier=one")]
    [TestCase("wait --for=delete pod/none")]
    [TestCase("config view")]
    [TestCase("describe deploy web")]
    [TestCase("describe service web")]
    [TestCase("describe pods -l app=web")]
    [TestCase("describe nodes sim-0")]
    [TestCase("rollout history deploy web --revision=1")]
    [TestCase("create cronjob c --image=x --schedule=@daily --dry-run=client -o yaml")]
    [TestCase("create ingress i --rule=h.io/p*=s:80,tls=t --dry-run=client -o yaml")]
    [TestCase("create poddisruptionbudget p --selector=a=b --min-available=1 --dry-run=client -o yaml")]
    [TestCase("expose deploy web --port=80 --name=other --dry-run=client -o yaml")]
    [TestCase("autoscale deploy web --max=3 --cpu-percent=50 --dry-run=client -o yaml")]
    [TestCase("api-resources")]
    [TestCase("api-resources -o wide --namespaced=false")]
    [TestCase("auth whoami")]
    [TestCase("cluster-info")]
    public async Task The_newest_says_the_same(string command)
    {
        var own = await BuiltIn(command);
        Assert.That(own.Code, Is.Zero, own.All);
        if (!KubectlVersions.Default.EndsWith("kubectl.1.33", StringComparison.Ordinal)) return;
        var real = await minik.Kubectl(command);
        Assert.That((Timeless(own.Text), Timeless(own.Errors)), Is.EqualTo((Timeless(real.Text), Timeless(real.Errors))));
    }

    // Where the versions differ, the newest one's words.
    [TestCase("get pods --bogus", "error: unknown flag: --bogus\nSee 'kubectl get --help' for usage.\n", 1)]
    [TestCase("nonsense", "error: unknown command \"nonsense\" for \"kubectl\"\n", 1)]
    [TestCase("get pods -o nonsense", "error: unable to match a printer suitable for the output format \"nonsense\", allowed formats are: custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,name,template,templatefile,wide,yaml\n", 1)]
    [TestCase("get pods --server=http://127.0.0.1:1", "The connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?\n", 1)]
    [TestCase("delete pods", "error: resource(s) were provided, but no name was specified\n", 1)]
    [TestCase("create deployment d --dry-run=client", "error: required flag(s) \"image\" not set\n", 1)]
    [TestCase("logs web", "error: error from server (NotFound): pods \"web\" not found in namespace \"default\"\n", 1)]
    [TestCase("scale deploy web", "error: required flag(s) \"replicas\" not set\n", 1)]
    [TestCase("patch cm odd", "error: must specify --patch or --patch-file containing the contents of the patch\n", 1)]
    [TestCase("get pod/a b", "error: there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'\n", 1)]
    [TestCase("get pods --context=none", "error: context \"none\" does not exist\n", 1)]
    public async Task Mistakes_are_named(string command, string errors, int code)
    {
        var own = await BuiltIn(command, "");
        Assert.That((own.Text, own.Errors, own.Code), Is.EqualTo(("", errors, code)));
    }

    [Test]
    public async Task Objects_are_made_changed_and_deleted_as_by_kubectl()
    {
        async Task<string> Do(string command, string? input = null, int code = 0)
        {
            var output = await BuiltIn("-n default " + command, input);
            Assert.That(output.Code, Is.EqualTo(code), output.All);
            return output.All;
        }

        const string map = "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"made\"},\"data\":{\"a\":\"1\",\"b\":\"2\"}}";
        Assert.That(await Do("create -f -", map), Is.EqualTo("configmap/made created\n"));
        Assert.That(await Do("create -f -", map, code: 1), Is.EqualTo("Error from server (AlreadyExists): error when creating \"STDIN\": configmaps \"made\" already exists\n"));
        Assert.That(await Do("apply -f -", map), Does.StartWith("configmap/made configured\nWarning: resource configmaps/made is missing the kubectl.kubernetes.io/last-applied-configuration annotation"));
        Assert.That(await Do("apply -f -", map), Is.EqualTo("configmap/made unchanged\n"));
        Assert.That(await Do("apply -f -", map.Replace("\"a\":\"1\",", "")), Is.EqualTo("configmap/made configured\n"));
        Assert.That(await Do("get cm made -o jsonpath={.data}"), Is.EqualTo("{\"b\":\"2\"}"));
        Assert.That(await Do("apply --server-side -f -", map.Replace("\"2\"", "\"3\""), code: 1), Does.StartWith("error: Apply failed with 1 conflict: conflict with \"kubectl-create\" using v1: .data.b\nPlease review the fields above"));
        Assert.That(await Do("apply --server-side --force-conflicts -f -", map.Replace("\"2\"", "\"3\"")), Is.EqualTo("configmap/made serverside-applied\n"));
        Assert.That(await Do("patch cm made --type=merge -p '{\"data\":{\"c\":\"x\"}}'"), Is.EqualTo("configmap/made patched\n"));
        Assert.That(await Do("patch cm made --type=merge -p '{\"data\":{\"c\":\"x\"}}'"), Is.EqualTo("configmap/made patched (no change)\n"));
        Assert.That(await Do("annotate cm made note=x"), Is.EqualTo("configmap/made annotated\n"));
        Assert.That(await Do("label cm made a=b"), Is.EqualTo("configmap/made labeled\n"));
        Assert.That(await Do("label cm made a-"), Is.EqualTo("configmap/made unlabeled\n"));
        Assert.That(await Do("apply -f -", map.Replace("\"data\"", "\"dta\""), code: 1), Does.Contain("unknown field \"dta\""));
        Assert.That(await Do("scale deploy web --replicas=2"), Is.EqualTo("deployment.apps/web scaled\n"));
        Assert.That(await Do("delete cm made"), Is.EqualTo("configmap \"made\" deleted\n"));
    }

    [Test]
    public async Task A_watch_shows_what_is_there_and_what_comes()
    {
        await BuiltIn("create -f -", "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"first\"}}");
        var start = new ProcessStartInfo(MinikProcess.Binary, ["kubectl", "get", "secrets", "-w", "-o", "name"]) { RedirectStandardOutput = true };
        start.Environment["KUBECONFIG"] = minik.Kubeconfig;
        using var watching = Process.Start(start)!;
        Assert.That(await watching.StandardOutput.ReadLineAsync(), Is.EqualTo("secret/first"));
        await BuiltIn("create -f -", "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"second\"}}");
        Assert.That(await watching.StandardOutput.ReadLineAsync(), Is.EqualTo("secret/second"));
        watching.Kill();
        await watching.WaitForExitAsync();
    }

    [Test]
    public async Task Without_a_kubeconfig_this_machines_cluster_is_meant_and_commands_need_no_kubectl_before_them()
    {
        var direct = await Shell.Run(MinikProcess.Binary, "get ns default -o name", null, ("KUBECONFIG", ""), ("HOME", minik.Directory), ("MINIK_DATA_DIR", minik.Directory));
        Assert.That((direct.All, direct.Code), Is.EqualTo(("namespace/default\n", 0)));
    }

    /// <summary>Between one run and the next everything is older by moments.</summary>
    private static string Timeless(string text) => Blanks().Replace(Ages().Replace(text, "AGE"), " ");

    [GeneratedRegex(@"\b\d+m?\d*s\b|\b\d+m\b")]
    private static partial Regex Ages();

    [GeneratedRegex(" +")]
    private static partial Regex Blanks();
}
