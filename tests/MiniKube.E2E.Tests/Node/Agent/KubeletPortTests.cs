using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using MiniKube.TestKit;
using static MiniKube.E2E.Tests.Node.Agent.AgentHost;

namespace MiniKube.E2E.Tests.Node.Agent;

/// <summary>The node's own port: through the API server's proxy and directly.</summary>
public abstract class KubeletPortTests
{
    [OneTimeSetUp]
    public Task Start() => Run("port", "command: [sh, -c, \"echo said; touch /www/made; exec httpd -f -p 8080 -h /www\"], resources: {limits: {memory: 64Mi, cpu: 500m}}, readinessProbe: {tcpSocket: {port: 8080}, periodSeconds: 1}");

    [OneTimeTearDown]
    public Task Stop() => Gone("port");

    [TestCase("healthz", "ok")]
    [TestCase("metrics", "kubelet_running_pods ")]
    [TestCase("metrics/resource", "container_memory_working_set_bytes{container=\"c\",namespace=\"default\",pod=\"port\"}")]
    [TestCase("metrics/cadvisor", "container_cpu_usage_seconds_total{container=\"c\"")]
    [TestCase("metrics/cadvisor", "container_network_receive_bytes_total{container=\"\"")]
    [TestCase("metrics/slis", "kubernetes_healthcheck{name=\"syncloop\",type=\"healthz\"} 1")]
    [TestCase("metrics/probes", "probe_type=\"Readiness\",result=\"successful\"")]
    [TestCase("pods", "\"name\":\"port\"")]
    [TestCase("runningpods/", "\"name\":\"port\"")]
    [TestCase("configz", "\"evictionHard\":{\"memory.available\":\"100Mi\"")]
    [TestCase("logs/", "<a href=")]
    [TestCase("containerLogs/default/port/c", "said")]
    [TestCase("containerLogs/default/port/c?tailLines=0", "")]
    public async Task Pages_are_reached_through_the_server(string page, string text) =>
        Assert.That(await Do($"get --raw /api/v1/nodes/{AgentHost.Node}/proxy/{page}"), Does.Contain(text));

    [Test]
    public async Task The_summary_counts_what_the_pod_uses()
    {
        using var summary = JsonDocument.Parse(await Do($"get --raw /api/v1/nodes/{AgentHost.Node}/proxy/stats/summary"));
        var node = summary.RootElement.GetProperty("node");
        Assert.That(node.GetProperty("cpu").GetProperty("usageNanoCores").GetInt64(), Is.Positive);
        Assert.That(node.GetProperty("fs").GetProperty("capacityBytes").GetInt64(), Is.Positive);
        var pod = summary.RootElement.GetProperty("pods").EnumerateArray().First(p => p.GetProperty("podRef").GetProperty("name").GetString() == "port");
        var container = pod.GetProperty("containers")[0];
        Assert.Multiple(() =>
        {
            Assert.That(container.GetProperty("memory").GetProperty("workingSetBytes").GetInt64(), Is.InRange(1, 64 << 20));
            Assert.That(container.GetProperty("memory").GetProperty("availableBytes").GetInt64(), Is.InRange(1, 64 << 20));
            Assert.That(container.GetProperty("cpu").GetProperty("usageCoreNanoSeconds").GetInt64(), Is.Positive);
            Assert.That(container.GetProperty("rootfs").GetProperty("inodesUsed").GetInt64(), Is.GreaterThanOrEqualTo(2));
            Assert.That(container.GetProperty("logs").GetProperty("usedBytes").GetInt64(), Is.Positive);
            Assert.That(pod.GetProperty("network").GetProperty("name").GetString(), Is.EqualTo("eth0"));
            Assert.That(pod.GetProperty("process_stats").GetProperty("process_count").GetInt64(), Is.GreaterThanOrEqualTo(2));
        });
    }

    [Test]
    public async Task What_pods_and_nodes_use_is_told_to_kubectl_top()
    {
        var pods = await Do("top pod port --containers");
        Assert.That(pods, Does.Match(@"(?m)^(default +)?port +c +\d+m +\d+Mi *$"));
        Assert.That(await Do($"top node {AgentHost.Node}"), Does.Match($@"(?m)^{AgentHost.Node} +\d+m +\d+% +\d+Mi +\d+% *$"));
        using var list = JsonDocument.Parse(await Do("get --raw /apis/metrics.k8s.io/v1beta1/namespaces/default/pods?fieldSelector=metadata.name=port"));
        var item = list.RootElement.GetProperty("items").EnumerateArray().Single();
        Assert.That(item.GetProperty("containers")[0].GetProperty("usage").GetProperty("memory").GetString(), Does.Match(@"^[1-9]\d*Ki$"));
        Assert.That(await Do("get pods.metrics.k8s.io -n default"), Does.StartWith("NAME").And.Contain("CPU").And.Contain("MEMORY").And.Contain("WINDOW").And.Contain("port"));
    }

    [Test]
    public async Task Nobody_is_anonymous()
    {
        var answer = await Curl("pods", null);
        Assert.That(answer, Is.EqualTo("Unauthorized 401"));
        Assert.That(await Curl("pods", "nonsense"), Is.EqualTo("Unauthorized 401"));
    }

    [Test]
    public async Task A_token_without_permission_is_refused_and_one_with_it_is_not()
    {
        await Do("create serviceaccount reader");
        var token = await Token("default", "reader");
        Assert.That(await Curl("stats/summary", token), Does.StartWith("Forbidden (user=system:serviceaccount:default:reader, verb=get, resource=nodes, subresource(s)=[stats])"));
        Assert.That(await Curl("pods", token), Does.Contain("subresource(s)=[pods proxy]"));
        await Do("create clusterrole nodestats --verb=get --resource=nodes/metrics");
        await Do("create clusterrolebinding nodestats --clusterrole=nodestats --serviceaccount=default:reader");
        Assert.That(await Curl("metrics/resource", token), Does.Contain("node_cpu_usage_seconds_total").And.EndsWith(" 200"));
        await Do("delete clusterrolebinding/nodestats clusterrole/nodestats serviceaccount/reader");
    }

    [Test]
    public async Task Commands_run_over_it()
    {
        var token = await Token("kube-system", "default");
        await Do("create clusterrolebinding admin-of-nodes --clusterrole=system:kubelet-api-admin --serviceaccount=kube-system:default");
        Assert.That(await Curl("run/default/port/c?cmd=echo%20over", token, "-X POST"), Is.EqualTo("over\n 200"));
        Assert.That(await Curl("run/default/nosuch/c?cmd=echo", token, "-X POST"), Does.EndWith(" 500"));
        Assert.That(await Curl("containerLogs/default/nosuch/c", token), Is.EqualTo("pod \"nosuch\" not found\n 404"));
        Assert.That(await Curl("nosuch", token), Is.EqualTo("404 page not found\n 404"));
        await Do("delete clusterrolebinding/admin-of-nodes");
    }

    [Test]
    public async Task A_checkpoint_is_refused_where_the_engine_makes_none()
    {
        await Do("create serviceaccount checkpointer");
        await Do("create clusterrole checkpointer --verb=create --resource=nodes/checkpoint");
        await Do("create clusterrolebinding checkpointer --clusterrole=checkpointer --serviceaccount=default:checkpointer");
        var token = await Token("default", "checkpointer");
        Assert.That(await Curl("checkpoint/default/port/c", token, "-X POST"), Does.EndWith(" 500").And.StartWith("checkpointing of default/port/c failed (").And.Match("can't make checkpoints|CheckpointContainer|(?i:criu)"));
        Assert.That(await Curl("checkpoint/default/port/none", token, "-X POST"), Is.EqualTo("container none does not exist 404"));
        Assert.That(await Curl("checkpoint/default/none/c", token, "-X POST"), Is.EqualTo("pod does not exist 404"));
        Assert.That(await Curl("checkpoint/default/port/c?timeout=soon", token, "-X POST"), Is.EqualTo("cannot parse value of timeout parameter 404"));
        await Do("delete clusterrolebinding/checkpointer clusterrole/checkpointer serviceaccount/checkpointer");
    }

    [Test]
    public async Task Streams_open_to_who_may_and_to_nobody_else()
    {
        // Refusals are remembered for a while, so that the two can't be one.
        await Do("create serviceaccount nobody");
        await Do("create serviceaccount streamer");
        await Do("create clusterrolebinding streamer --clusterrole=system:kubelet-api-admin --serviceaccount=default:streamer");
        var (nobody, token) = (await Token("default", "nobody"), await Token("default", "streamer"));
        const string exec = "exec/default/port/c?command=sh&command=-c&command=cat&input=1&output=1";
        Assert.That(await Refusal(exec, nobody), Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That(await Refusal(exec, "nonsense"), Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(await Refusal("attach/default/port/c?output=1", nobody), Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That(await Curl("portForward/default/port", nobody, "-X POST"), Does.EndWith(" 403"));

        using (var process = await Open(exec, token, "v5.channel.k8s.io"))
        {
            await process.SendAsync((byte[])[0, .. "there and back"u8], WebSocketMessageType.Binary, true, CancellationToken.None);
            // Channel 255 closes the one it names: end of input.
            await process.SendAsync((byte[])[255, 0], WebSocketMessageType.Binary, true, CancellationToken.None);
            var told = await Everything(process);
            Assert.That(told[1], Is.EqualTo("there and back"));
            Assert.That(told[3], Does.Contain("\"Success\""));
        }
        using (var process = await Open("exec/default/port/c?command=sh&command=-c&command=exit%204&output=1&error=1", token, "v4.channel.k8s.io"))
            Assert.That((await Everything(process))[3], Does.Contain("NonZeroExitCode").And.Contain("\"4\""));
        // The connection is handed over and stays open: it ends with curl's patience.
        const string upgrade = "-X POST -m 5 -o /dev/null --http1.1 -H 'Connection: Upgrade' -H 'Upgrade: SPDY/3.1' -H 'X-Stream-Protocol-Version: portforward.k8s.io'";
        Assert.That(await Curl("portForward/default/port", token, upgrade), Is.EqualTo(" 101"));
        await Do("delete clusterrolebinding/streamer serviceaccount/streamer serviceaccount/nobody");
    }

    [Test]
    public async Task Attached_and_forwarded_over_it_both_ways()
    {
        await Do("create serviceaccount attacher");
        await Do("create clusterrolebinding attacher --clusterrole=system:kubelet-api-admin --serviceaccount=default:attacher");
        var token = await Token("default", "attacher");
        await Run("echoes", "stdin: true, stdinOnce: true, command: [sh, -c, \"cat; echo over\"]", "restartPolicy: Never");
        using (var process = await Open("attach/default/echoes/c?input=1&output=1", token, "v5.channel.k8s.io"))
        {
            await process.SendAsync((byte[])[0, .. "heard\n"u8], WebSocketMessageType.Binary, true, CancellationToken.None);
            await process.SendAsync((byte[])[255, 0], WebSocketMessageType.Binary, true, CancellationToken.None);
            Assert.That((await Everything(process))[1], Is.EqualTo("heard\nover\n"));
        }
        await Gone("echoes");

        await using var forward = await NodeForward.Open(Minik.KubeletPort, "default/port", token);
        // One connection carries as many as are wanted, and one that fails does the others no harm.
        for (var i = 0; i < 3; i++) Assert.That(await forward.Ask(8080, "GET /made HTTP/1.0\r\n\r\n"), Does.StartWith("HTTP/1.1 200 OK"));
        Assert.That(await forward.Ask(81, "GET / HTTP/1.0\r\n\r\n"), Does.Contain("Connection refused").IgnoreCase);
        Assert.That(await forward.Ask(8080, "GET /made HTTP/1.0\r\n\r\n"), Does.StartWith("HTTP/1.1 200 OK"));
        await Do("delete clusterrolebinding/attacher serviceaccount/attacher");
    }

    [Test]
    public async Task A_server_on_the_newer_loopback_alone_is_reached()
    {
        Assume.That(Directory.Exists("/proc/sys/net/ipv6"), "this kernel has no such loopback");
        await Do("create serviceaccount forwarder");
        await Do("create clusterrolebinding forwarder --clusterrole=system:kubelet-api-admin --serviceaccount=default:forwarder");
        await Run("six", "command: [sh, -c, \"echo six > /www/made; exec httpd -f -p '[::1]:8081' -h /www\"], readinessProbe: {periodSeconds: 1, exec: {command: [wget, -q, -O, /dev/null, \"http://[::1]:8081/made\"]}}");
        await using var forward = await NodeForward.Open(Minik.KubeletPort, "default/six", await Token("default", "forwarder"));
        Assert.That(await forward.Ask(8081, "GET /made HTTP/1.0\r\n\r\n"), Does.StartWith("HTTP/1.1 200 OK").And.Contain("six"));
        await Do("delete clusterrolebinding/forwarder serviceaccount/forwarder");
        await Gone("six");
    }

    [Test]
    public async Task The_node_says_where_its_port_is() =>
        Assert.That(await Do($"get node {AgentHost.Node} -o jsonpath={{.status.daemonEndpoints.kubeletEndpoint.Port}}"), Is.EqualTo($"{Minik.KubeletPort}"));

    [Test]
    public async Task A_node_that_is_not_there_is_not_found() =>
        Assert.That((await Minik.Kubectl("get --raw /api/v1/nodes/nosuch/proxy/healthz")).All, Does.Contain("not found"));

    private static async Task<ClientWebSocket> Open(string page, string token, string protocol)
    {
        var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol(protocol);
        socket.Options.SetRequestHeader("Authorization", $"Bearer {token}");
        socket.Options.RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate is not null;
        socket.Options.CollectHttpResponseDetails = true;
        try
        {
            await socket.ConnectAsync(new($"wss://127.0.0.1:{Minik.KubeletPort}/{page}"), CancellationToken.None);
            return socket;
        }
        catch (WebSocketException e)
        {
            e.Data["status"] = socket.HttpStatusCode;
            socket.Dispose();
            throw;
        }
    }

    private static async Task<HttpStatusCode?> Refusal(string page, string token)
    {
        try
        {
            (await Open(page, token, "v4.channel.k8s.io")).Dispose();
            return null;
        }
        catch (WebSocketException e)
        {
            return (HttpStatusCode?)e.Data["status"];
        }
    }

    /// <summary>What came on each channel until the other side closed.</summary>
    private static async Task<string[]> Everything(ClientWebSocket socket)
    {
        var told = new StringBuilder[4];
        for (var i = 0; i < told.Length; i++) told[i] = new();
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var buffer = new byte[64 * 1024];
        while (socket.State == WebSocketState.Open)
        {
            var message = await socket.ReceiveAsync(buffer, patience.Token);
            if (message.MessageType == WebSocketMessageType.Close) break;
            if (message.Count > 1 && buffer[0] < told.Length) told[buffer[0]].Append(Encoding.UTF8.GetString(buffer, 1, message.Count - 1));
        }
        return [.. told.Select(t => t.ToString())];
    }

    private static async Task<string> Curl(string page, string? token, string more = "")
    {
        var header = token is null ? "" : $"-H 'Authorization: Bearer {token}' ";
        return (await Shell.Run("curl", $"-sk {header}{more} -w ' %{{http_code}}' https://127.0.0.1:{Minik.KubeletPort}/{page}")).Text;
    }
}
