using MiniKube.E2E.Tests.Node;
using MiniKube.TestKit;

namespace MiniKube.E2E.Tests.Joining;

/// <summary>A server and a node that has joined it, on a machine each: pods there are like pods here.</summary>
[TestFixture]
public sealed class JoinedNodeTests
{
    private const string Pods = """
        {apiVersion: v1, kind: Pod, metadata: {name: far, labels: {app: far}}, spec: {nodeSelector: {where: far}, terminationGracePeriodSeconds: 0, volumes: [{name: d, persistentVolumeClaim: {claimName: c}}],
          containers: [{name: c, image: IMAGE, command: [sh, -c, 'echo here I am; hostname > /www/index.html; exec httpd -f -p 8080 -h /www'], volumeMounts: [{name: d, mountPath: /disk}]}]}}
        ---
        {apiVersion: v1, kind: Pod, metadata: {name: near, labels: {app: near}}, spec: {nodeName: near, terminationGracePeriodSeconds: 0, containers: [{name: c, image: IMAGE, command: [sh, -c, 'hostname > /www/index.html; exec httpd -f -p 8080 -h /www']}]}}
        ---
        {apiVersion: v1, kind: Service, metadata: {name: far}, spec: {selector: {app: far}, ports: [{port: 80, targetPort: 8080}]}}
        ---
        {apiVersion: v1, kind: Service, metadata: {name: near}, spec: {selector: {app: near}, ports: [{port: 80, targetPort: 8080}]}}
        ---
        {apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: c}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Mi}}}}
        """;

    private TwoMachines machines = null!;
    private MinikProcess server = null!;
    private MinikProcess agent = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        machines = await TwoMachines.Boot();
        try
        {
            await Join();
        }
        catch
        {
            await Stop();
            throw;
        }
    }

    private async Task Join()
    {
        server = await MinikProcess.StartIn(machines.Server, "--runtime", "containerd", "--node-name", "near", "--node-ip", TwoMachines.ServerAddress);
        var join = (await TwoMachines.On(machines.Server, $"{MinikProcess.Binary} token create --print-join-command --data-dir {server.Directory}")).Text.Split(' ', StringSplitOptions.TrimEntries);
        Assert.That(join is ["minik", "agent", "--join", _, "--token", _], string.Join(' ', join));
        Assert.That(join[3], Is.EqualTo($"https://{TwoMachines.ServerAddress}:{server.Port}"));
        agent = await MinikProcess.JoinFrom(machines.Agent, [.. join[2..], "--runtime", "containerd", "--node-name", "far", "--node-label", "where=far"]);
        await Task.WhenAll(new OwnContainerd().BringImage(server), new OwnContainerd().BringImage(agent));
        foreach (var node in (string[])["near", "far"]) await Until.Says(() => server.Kubectl($"get node {node}"), " Ready");
        await Until.Says(() => server.Kubectl("get serviceaccounts"), "default");
        await Do("apply -f -", Pods.Replace("IMAGE", DockerHost.Image, StringComparison.Ordinal));
        await Do("wait --for=condition=Ready pod/far pod/near --timeout=180s");
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        foreach (var (minik, place) in ((MinikProcess, Place)[])[(agent, machines.Agent), (server, machines.Server)])
        {
            if (minik is null) continue;
            await minik.Stop();
            await TwoMachines.On(place, $"{MinikProcess.Binary} cleanup --data-dir {minik.Directory}");
            await minik.DisposeAsync();
        }
        await machines.DisposeAsync();
    }

    [Test, Order(1)]
    public async Task Pods_reach_services_of_the_other_machine_by_name()
    {
        foreach (var (from, to) in ((string, string)[])[("near", "far"), ("far", "near"), ("far", "far")])
            await Until.Says(() => server.Kubectl($"exec {from} -- wget -qO- http://{to}.default.svc.cluster.local"), to);
        Assert.That(await Do("get node far -o jsonpath={.metadata.labels.where}:{.status.addresses[?(@.type==\"InternalIP\")].address}"), Is.EqualTo($"far:{TwoMachines.AgentAddress}"));
    }

    [Test, Order(2)]
    public async Task The_node_is_asked_through_its_tunnel()
    {
        // From outside nothing leads to the node's own port.
        await TwoMachines.On(machines.Agent, $"iptables -I INPUT -i out0 -p tcp --dport {agent.KubeletPort} -j DROP");
        Assert.That(await Do("logs far"), Is.EqualTo("here I am\n"));
        Assert.That(await Do("exec far -- hostname"), Is.EqualTo("far\n"));
        Assert.That(await Do("exec -i far -- cat", "to and fro"), Is.EqualTo("to and fro"));
        Assert.That((await server.Kubectl("exec far -- sh -c 'exit 3'")).Code, Is.EqualTo(3));
        Assert.That((await server.Kubectl("exec far -- nothing-such")).All, Does.Contain("nothing-such"));
        Assert.That((await server.Kubectl("logs far --previous")).All, Does.Contain("previous terminated container"));
        Assert.That(await Do("get --raw /api/v1/nodes/far/proxy/healthz"), Is.EqualTo("ok"));
        Assert.That(await Do("get --raw /api/v1/nodes/far/proxy/stats/summary"), Does.Contain("\"nodeName\":\"far\""));
        await Until.Says(() => server.Kubectl("get --raw /apis/metrics.k8s.io/v1beta1/nodes/far"), "\"cpu\"");
        await Until.Says(() => TwoMachines.On(machines.Server, $"sh -c 'kubectl --kubeconfig {server.Kubeconfig} port-forward pod/far 8099:8080 >/dev/null 2>&1 & pid=$!; for i in 1 2 3 4 5 6 7 8 9; do curl -s -m 5 http://127.0.0.1:8099/ && break; sleep 0.2; done; kill $pid'"), "far");
    }

    [Test, Order(3)]
    public async Task Containers_outlive_the_agent_and_the_server()
    {
        var container = await Do("get pod far -o jsonpath={.status.containerStatuses[0].containerID}");
        await Do("exec far -- touch /www/kept");
        await agent.Kill();
        await agent.Run();
        await Until.Says(() => server.Kubectl("exec far -- ls /www"), "kept");
        await server.Kill();
        await server.Run();
        await Until.Says(() => server.Kubectl("exec far -- ls /www"), "kept");
        await Until.Says(() => server.Kubectl("exec near -- wget -qO- http://far"), "far");
        Assert.That(await Do("get pod far -o jsonpath={.status.containerStatuses[0].containerID}:{.status.containerStatuses[0].restartCount}"), Is.EqualTo($"{container}:0"));
    }

    [Test, Order(4)]
    public async Task A_pulled_cable_is_mended()
    {
        await machines.Link(up: false);
        await Until.True(async () => (await server.Kubectl("logs far --request-timeout=5s")).Code != 0);
        await machines.Link(up: true);
        await Until.Says(() => server.Kubectl("logs far --request-timeout=5s"), "here I am");
    }

    [Test, Order(5)]
    public async Task Another_authority_is_taken_up_at_once()
    {
        var rotated = await TwoMachines.On(machines.Server, $"{MinikProcess.Binary} certificate rotate-ca --data-dir {server.Directory}");
        Assert.That(rotated.Code, Is.Zero, rotated.All);
        Assert.That(await Do("exec far -- hostname"), Is.EqualTo("far\n"));
        Assert.That(await Do("logs far"), Is.EqualTo("here I am\n"));
    }

    [Test, Order(6)]
    public async Task The_node_tells_of_itself()
    {
        Task<Output> Status() => TwoMachines.On(machines.Agent, $"{MinikProcess.Binary} status --data-dir {agent.Directory}");
        var told = await Until.Says(Status, "far, ready");
        Assert.That((await Status()).Code, Is.Zero);
        Assert.That(told, Does.Contain("far, ready").And.Contain($"https://{TwoMachines.ServerAddress}:{server.Port}").And.Contain("1 of 1 running"));
    }

    [Test, Order(7)]
    public async Task A_claim_s_directory_is_made_and_cleared_on_the_other_machine()
    {
        var path = await Do("get pv -o jsonpath={.items[0].spec.local.path}:{.items[0].metadata.annotations}");
        var directory = path.Split(':')[0];
        await Do("exec far -- touch /disk/kept");
        Assert.That(File.Exists(Path.Combine(directory, "kept")), path);
        await Do("delete pod far --wait=true");
        await Do("delete pvc c");
        await Until.True(async () => (await Do("get pv -o name")).Length == 0);
        Assert.That(Directory.Exists(directory), Is.False);
    }

    [TestCase("abcdef.0123456789abcdef", "other", "knows no token abcdef")]
    [TestCase("sha256:0000000000000000000000000000000000000000000000000000000000000000:abcdef.0123456789abcdef", "other", "not sha256:0000")]
    [TestCase("GOOD", "far", "there is a node far already")]
    [Order(8)]
    public async Task Who_may_not_join_is_told_why(string token, string name, string why)
    {
        if (token == "GOOD") token = (await TwoMachines.On(machines.Server, $"{MinikProcess.Binary} token create --data-dir {server.Directory}")).Text.Trim();
        var refused = Assert.ThrowsAsync<InvalidOperationException>(async () =>
            await MinikProcess.JoinFrom(machines.Agent, "--join", $"https://{TwoMachines.ServerAddress}:{server.Port}", "--token", token, "--runtime", "simulated", "--node-name", name));
        Assert.That(refused!.Message, Does.StartWith("minik ended with 1").And.Contain(why));
    }

    private async Task<string> Do(string command, string? input = null)
    {
        var output = await server.Kubectl(command, input);
        Assert.That(output.Code, Is.Zero, $"kubectl {command}: {output.All}");
        return output.Text;
    }
}
