using MiniKube.TestKit;

namespace MiniKube.E2E.Tests.Network;

/// <summary>Addresses and names of real pods through the shipped executable, on a host of its own.</summary>
[TestFixture("nftables"), TestFixture("iptables"), TestFixture("userspace")]
public sealed class NetworkTests(string mode)
{
    private const string Pod = "terminationGracePeriodSeconds: 1, containers: [{name: c, image: localhost/busybox:1, imagePullPolicy: IfNotPresent, command: [sh, -c, 'hostname > /www/index.html; exec httpd -f -p 8080 -h /www'], ports: [{containerPort: 8080, name: http}], readinessProbe: {httpGet: {path: /index.html, port: http}, periodSeconds: 1}";

    private const string Idle = "terminationGracePeriodSeconds: 1, containers: [{name: c, image: localhost/busybox:1, imagePullPolicy: IfNotPresent, command: [sh, -c, 'trap exit TERM; while true; do sleep 0.1; done']";

    private static readonly string Cluster = """
        {apiVersion: apps/v1, kind: StatefulSet, metadata: {name: web}, spec: {serviceName: names, podManagementPolicy: Parallel, replicas: 2, selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: { POD }]}}}}
        ---
        {apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: NodePort, selector: {app: web}, ports: [{name: http, port: 80, targetPort: http, nodePort: 30080}]}}
        ---
        {apiVersion: v1, kind: Service, metadata: {name: names}, spec: {clusterIP: None, selector: {app: web}, ports: [{name: http, port: 8080}]}}
        ---
        {apiVersion: v1, kind: Service, metadata: {name: sticky}, spec: {selector: {app: web}, sessionAffinity: ClientIP, ports: [{port: 80, targetPort: 8080}]}}
        ---
        {apiVersion: v1, kind: Service, metadata: {name: alias}, spec: {type: ExternalName, externalName: web.default.svc.cluster.local}}
        ---
        {apiVersion: v1, kind: Service, metadata: {name: balanced}, spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 8888, targetPort: 8080}]}}
        ---
        {apiVersion: v1, kind: Service, metadata: {name: local}, spec: {type: LoadBalancer, externalTrafficPolicy: Local, loadBalancerSourceRanges: [198.51.100.0/24], selector: {app: web}, ports: [{port: 8889, targetPort: 8080, nodePort: 30081}]}}
        ---
        {apiVersion: v1, kind: Service, metadata: {name: echo}, spec: {type: NodePort, selector: {echoes: "yes"}, ports: [{port: 7, targetPort: 9999, nodePort: 30007, protocol: UDP}]}}
        ---
        {apiVersion: v1, kind: Pod, metadata: {name: client}, spec: { IDLE }]}}
        ---
        {apiVersion: v1, kind: Pod, metadata: {name: dns-none}, spec: {dnsPolicy: None, dnsConfig: {nameservers: [10.43.0.10], searches: [kube-system.svc.cluster.local], options: [{name: ndots, value: "2"}]}, IDLE }]}}
        ---
        {apiVersion: v1, kind: Pod, metadata: {name: on-host}, spec: {hostNetwork: true, dnsPolicy: ClusterFirstWithHostNet, IDLE }]}}
        ---
        {apiVersion: v1, kind: Pod, metadata: {name: host-port}, spec: { HOSTPOD }]}}
        """.Replace("HOSTPOD", Pod.Replace("name: http}]", "name: http, hostPort: 8099}]")).Replace("POD", Pod).Replace("IDLE", Idle);

    private NetworkPlace place = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        place = await NetworkPlace.Start("--proxy-mode", mode);
        await place.Do("apply -f -", Cluster);
        await place.Do("rollout status statefulset/web --timeout=180s");
        await place.Do("wait --for=condition=Ready pod/client pod/dns-none pod/on-host pod/host-port --timeout=180s");
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        if (place is not null) await place.DisposeAsync();
    }

    [Test, Order(1)]
    public async Task Pods_and_the_node_reach_each_other_by_address()
    {
        var address = await AddressOf("web-0");
        Assert.That(await In("client", $"wget -qO- http://{address}:8080"), Does.StartWith("web-0"));
        Assert.That((await place.OnNode($"curl -sf -m 5 http://{address}:8080")).Text, Does.StartWith("web-0"));
        Assert.That(await In("on-host", $"wget -qO- http://{address}:8080"), Does.StartWith("web-0"));
        Assert.That(await In("client", $"wget -qO- http://{NetworkPlace.Host}:8099"), Does.StartWith("host-port"), "a pod reaches its node");
    }

    [TestCase("web")]
    [TestCase("web.default")]
    [TestCase("web.default.svc")]
    [TestCase("web.default.svc.cluster.local")]
    [TestCase("web.default.svc.cluster.local.")]
    [TestCase("alias")]
    [TestCase("names:8080"), Order(1)]
    public async Task Services_are_reached_by_every_name(string name) => Assert.That(await In("client", $"wget -qO- http://{name}"), Does.StartWith("web-"));

    [Test, Order(1)]
    public async Task Services_are_reached_by_address_from_pods_and_hosts()
    {
        var address = await place.Do("get service web -o jsonpath={.spec.clusterIP}");
        Assert.That(await In("client", $"wget -qO- http://{address}"), Does.StartWith("web-"));
        foreach (var at in (string[])[address, "127.0.0.1:30080", $"{NetworkPlace.Host}:30080"]) Assert.That((await place.OnNode($"curl -sf -m 5 http://{at}")).Text, Does.StartWith("web-"), at);
        Assert.That((await place.Outside($"curl -sf -m 5 http://{NetworkPlace.Host}:30080")).Text, Does.StartWith("web-"));
    }

    [Test, Order(1)]
    public async Task The_api_server_leads_to_pods_services_and_nodes()
    {
        const string ns = "/api/v1/namespaces/default";
        foreach (var path in (string[])["pods/web-0/proxy/", "pods/web-0:8080/proxy/index.html?a=b", "pods/http:web-0:8080/proxy/", "pods/http:web-0:/proxy/"])
            Assert.That(await place.Do($"get --raw {ns}/{path}"), Does.StartWith("web-0"), path);
        foreach (var path in (string[])["services/web:http/proxy/", "services/web:80/proxy/index.html", "services/http:web:http/proxy/", "services/sticky/proxy/"])
            Assert.That(await place.Do($"get --raw {ns}/{path}"), Does.StartWith("web-"), path);
        // What speaks TLS at the address of a pod on the host's network is the server itself; whoever comes this way has no credentials there.
        Assert.That(await place.Do($"get --raw {ns}/pods/https:on-host:{place.Minik.Port}/proxy/version"), Does.Contain("gitVersion"));
        Assert.That((await place.Minik.Kubectl($"get --raw {ns}/pods/https:on-host:{place.Minik.Port}/proxy{ns}/secrets")).Code, Is.Not.Zero);
        foreach (var name in (string[])[place.Name, $"{place.Name}:{place.Minik.KubeletPort}", $"https:{place.Name}:{place.Minik.KubeletPort}"])
        {
            Assert.That(await place.Do($"get --raw /api/v1/nodes/{name}/proxy/healthz"), Is.EqualTo("ok"), name);
            Assert.That(await place.Do($"get --raw /api/v1/nodes/{name}/proxy/pods"), Does.Contain("\"web-1\""), name);
        }
        Assert.That((await place.Minik.Kubectl($"get --raw {ns}/pods/web-0:8080/proxy/nothing")).All, Does.Contain("not find").Or.Contain("Not Found"), "an error is the pod's own");
        Assert.That((await place.Minik.Kubectl($"get --raw {ns}/pods/web-0:9/proxy/")).All, Does.Contain("refused"));
    }

    [Test, Order(1)]
    public async Task Sticky_clients_stay_and_others_are_spread()
    {
        async Task<int> Different(string name) => (await In("client", $"sh -c 'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do wget -qO- http://{name}; done'")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Distinct().Count();
        Assert.That(await Different("sticky"), Is.EqualTo(1));
        Assert.That(await Different("web"), Is.EqualTo(2));
    }

    [Test, Order(1)]
    public async Task Datagrams_come_back_and_a_flow_follows_its_service()
    {
        await using var echoes = new Echoes();
        foreach (var pod in (string[])["web-0", "web-1"]) echoes.In(pod, await Pid(pod));
        await place.Do("label pod web-0 web-1 echoes=yes");
        var address = await place.Do("get service echo -o jsonpath={.spec.clusterIP}");
        var inside = $"-t {await Pid("client")} -n";
        Task<Output> Client(string command) => Shell.Run("nsenter", $"{inside} {command}");
        Assert.That(await Echoed(Client, $"{address}:7", 5001), Does.StartWith("web-"), "from a pod");
        Assert.That(await Echoed(place.OnNode, $"{address}:7", 5001), Does.StartWith("web-"), "from the node");
        Assert.That(await Echoed(place.Outside, $"{NetworkPlace.Host}:30007", 5001), Does.StartWith("web-"), "from outside");
        var first = await Echoed(Client, $"{address}:7", 5002);
        Assert.That(await Echoed(Client, $"{address}:7", 5002), Is.EqualTo(first), "a flow keeps its endpoint");
        await place.Do($"label pod {first} echoes-");
        await Until.True(async () => await Echoed(Client, $"{address}:7", 5002) != first);
        await place.Do("label pod web-0 web-1 echoes-");
    }

    [Test, Order(1)]
    public async Task Headless_names_lead_to_pods()
    {
        var (first, second) = (await AddressOf("web-0"), await AddressOf("web-1"));
        Assert.That(await In("client", "nslookup names.default.svc.cluster.local"), Does.Contain(first).And.Contain(second));
        Assert.That(await In("client", "nslookup web-1.names.default.svc.cluster.local"), Does.Contain(second).And.Not.Contain($"{first}\n"));
        Assert.That(await In("client", "wget -qO- http://web-1.names:8080"), Does.StartWith("web-1"));
        Assert.That(await In("client", $"nslookup {second}"), Does.Contain("web-1.names.default.svc.cluster.local"));
        Assert.That((await place.Minik.Kubectl("exec client -- nslookup nothing.default.svc.cluster.local")).All, Does.Contain("NXDOMAIN"));
    }

    [Test, Order(1)]
    public async Task Pods_resolve_as_their_policy_says()
    {
        Assert.That(await In("client", "cat /etc/resolv.conf"), Does.Contain("nameserver 10.43.0.10").And.Contain("search default.svc.cluster.local svc.cluster.local cluster.local").And.Contain("ndots:5"));
        Assert.That(await In("dns-none", "cat /etc/resolv.conf"), Does.Contain("search kube-system.svc.cluster.local").And.Contain("ndots:2"));
        Assert.That(await In("on-host", "wget -qO- http://web"), Does.StartWith("web-"));
    }

    [Test, Order(1)]
    public async Task Settings_of_dns_take_effect_while_it_runs()
    {
        await place.Do("apply -f -", "{apiVersion: v1, kind: ConfigMap, metadata: {name: minik-dns, namespace: kube-system}, data: {hosts: '192.0.2.77 printer.office'}}");
        await Until.Says(() => place.Minik.Kubectl("exec client -- nslookup printer.office"), "192.0.2.77");
        await place.Do("delete configmap minik-dns -n kube-system");
        await Until.True(async () => !(await place.Minik.Kubectl("exec client -- nslookup printer.office")).All.Contains("192.0.2.77", StringComparison.Ordinal));
    }

    [Test, Order(1)]
    public async Task Policies_say_who_reaches_whom()
    {
        await place.Do("apply -f -", "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: web}, spec: {podSelector: {matchLabels: {app: web}}, ingress: [{from: [{podSelector: {matchLabels: {trusted: 'yes'}}}], ports: [{port: http}]}]}}");
        if (mode == "userspace")
        {
            await Until.Says(() => place.Minik.Kubectl("get events"), "NotEnforced");
            await place.Do("delete networkpolicy web");
            return;
        }
        var address = await AddressOf("web-0");
        Task<Output> Served(string name) => place.Minik.Kubectl($"exec client -- busybox timeout 1 wget -qO- http://{name}");
        await Until.True(async () => (await Served($"{address}:8080")).Code != 0);
        Assert.That((await Served("web")).Code, Is.Not.Zero, "through the service neither");
        Assert.That((await place.OnNode($"curl -sf -m 5 http://{address}:8080")).Text, Does.StartWith("web-0"), "probes go on");
        await place.Do("label pod client trusted=yes");
        await Until.True(async () => (await Served($"{address}:8080")).Code == 0 && (await Served("web")).Code == 0);
        // A pod has its policies before its first process runs.
        await place.Do("apply -f -", $$$"""
            {apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: quiet}, spec: {podSelector: {matchLabels: {quiet: 'yes'}}, policyTypes: [Egress]}}
            ---
            {apiVersion: v1, kind: Pod, metadata: {name: hasty, labels: {quiet: 'yes', trusted: 'yes'}}, spec: {restartPolicy: Never, containers: [{name: c, image: localhost/busybox:1, imagePullPolicy: IfNotPresent, command: [sh, -c, 'if busybox timeout 2 wget -qO- http://{{{address}}}:8080; then exit 1; fi']}]}}
            """);
        await Until.True(async () => await place.Do("get pod hasty -o jsonpath={.status.phase}") is "Succeeded" or "Failed");
        Assert.That(await place.Do("get pod hasty -o jsonpath={.status.phase}"), Is.EqualTo("Succeeded"));
        await place.Do("delete networkpolicy web quiet");
        await place.Do("delete pod hasty");
        await place.Do("label pod client trusted-");
        await Until.True(async () => (await Served($"{address}:8080")).Code == 0);
    }

    [Test, Order(1)]
    public async Task Ingresses_are_served_on_the_ports_of_the_host()
    {
        await place.Do("apply -f -", "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: web}, spec: {rules: [{host: web.example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {name: http}}}}]}}]}}");
        Task<Output> Ask(string words) => place.Outside($"curl -s -m 5 {words}");
        await Until.True(async () => (await Ask($"--resolve web.example.com:80:{NetworkPlace.Host} http://web.example.com/index.html")).Text.StartsWith("web-", StringComparison.Ordinal));
        await Until.True(async () => (await Ask($"-k --resolve web.example.com:443:{NetworkPlace.Host} https://web.example.com/index.html")).Text.StartsWith("web-", StringComparison.Ordinal));
        Assert.That((await Ask($"http://{NetworkPlace.Host}/")).Text, Does.Contain("no ingress has a rule"));
        Assert.That(await place.Do("get ingress web -o jsonpath={.spec.ingressClassName}"), Is.EqualTo("minik"), "the default class");
        await Until.True(async () => await place.Do("get ingress web -o jsonpath={.status.loadBalancer.ingress[0].ip}") == NetworkPlace.Host);
        await place.Do("delete ingress web");
        await Until.Says(() => Ask($"--resolve web.example.com:80:{NetworkPlace.Host} http://web.example.com/"), "no ingress has a rule");
    }

    [Test, Order(1)]
    public async Task Ports_of_the_host_lead_to_their_pod()
    {
        Assert.That((await place.Outside($"curl -sf -m 5 http://{NetworkPlace.Host}:8099")).Text, Does.StartWith("host-port"));
        Assert.That((await place.OnNode("curl -sf -m 5 http://127.0.0.1:8099")).Text, Does.StartWith("host-port"));
        Assert.That(await place.Do("get pod on-host -o jsonpath={.status.podIP}"), Is.EqualTo(NetworkPlace.Host));
    }

    [Test, Order(1)]
    public async Task Balancers_listen_at_the_node_and_at_localhost()
    {
        await Until.Says(() => place.Minik.Kubectl("get service balanced -o jsonpath={.status.loadBalancer.ingress[0].ip}"), NetworkPlace.Host);
        foreach (var at in (string[])["localhost", NetworkPlace.Host]) await Until.True(async () => (await place.OnNode($"curl -4sf -m 5 http://{at}:8888")).Text.StartsWith("web-", StringComparison.Ordinal));
        Assert.That((await place.Outside($"curl -sf -m 5 http://{NetworkPlace.Host}:8888")).Text, Does.StartWith("web-"));
        Assert.That((await place.Outside($"curl -sf -m 2 http://{NetworkPlace.Host}:8889")).Code, Is.Not.Zero, "not from there");
        Assert.That((await place.Outside($"curl -sf -m 5 http://{NetworkPlace.Host}:30081")).Text, Does.StartWith("web-"), "the node port knows no ranges");
        var health = await place.Do("get service local -o jsonpath={.spec.healthCheckNodePort}");
        Assert.That((await place.Outside($"curl -sf -m 5 http://{NetworkPlace.Host}:{health}/healthz")).Text, Does.Contain("\"localEndpoints\": 2"));
    }

    [Test, Order(1)]
    public async Task A_port_that_somebody_has_is_an_event()
    {
        await place.Do("apply -f -", "{apiVersion: v1, kind: Service, metadata: {name: late}, spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 8888, targetPort: 8080}]}}");
        await Until.Says(() => place.Minik.Kubectl("get events --field-selector involvedObject.name=late"), "port 8888");
        Assert.That(await place.Do("get service late -o jsonpath={.status.loadBalancer}"), Is.EqualTo("{}").Or.Empty);
        await place.Do("delete service late");
    }

    [Test, Order(1)]
    public async Task A_rolling_update_loses_no_request()
    {
        await place.Do("apply -f -", """
            {apiVersion: apps/v1, kind: Deployment, metadata: {name: rolling}, spec: {replicas: 3, strategy: {rollingUpdate: {maxUnavailable: 0, maxSurge: 1}}, selector: {matchLabels: {app: rolling}}, template: {metadata: {labels: {app: rolling}}, spec: { POD, lifecycle: {preStop: {exec: {command: [sleep, "4"]}}} }]}}}}
            ---
            {apiVersion: v1, kind: Service, metadata: {name: rolling}, spec: {selector: {app: rolling}, ports: [{port: 80, targetPort: http}]}}
            """.Replace("POD", Pod.Replace("terminationGracePeriodSeconds: 1", "terminationGracePeriodSeconds: 8")));
        await place.Do("rollout status deployment/rolling --timeout=180s");
        var address = await place.Do("get service rolling -o jsonpath={.spec.clusterIP}");
        await Until.True(async () => (await place.OnNode($"curl -sf -m 5 http://{address}")).Code == 0);
        var load = place.OnNode($"curl -s -m 170 --rate 1000/s -o /dev/null -H 'Connection: close' --connect-timeout 5 -w '%{{http_code}}\\n' http://{address}/index.html?[1-10000]");
        var before = await place.Do("get pods -l app=rolling -o name");
        await place.Do("rollout restart deployment/rolling");
        await place.Do("rollout status deployment/rolling --timeout=180s");
        var codes = (await load).Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(codes.GroupBy(c => c).Select(g => $"{g.Count()} × {g.Key}"), Is.EqualTo((string[])["10000 × 200"]));
        Assert.That(await place.Do("get pods -l app=rolling -o name"), Is.Not.EqualTo(before));
        await place.Do("delete deployment/rolling service/rolling");
    }

    [Test, Order(50)]
    public async Task The_hosts_address_may_change()
    {
        const string other = "192.0.2.3";
        var cluster = await place.Do("get service kubernetes -n default -o jsonpath={.spec.clusterIP}");
        await using var echoes = new Echoes();
        echoes.In("web-0", await Pid("web-0"));
        await place.Do("label pod web-0 echoes=yes");
        async Task Serves(string address)
        {
            await Until.Says(() => place.Minik.Kubectl("get nodes -o jsonpath={.items[0].status.addresses[?(@.type==\"InternalIP\")].address}"), address);
            await Until.True(async () => (await place.Outside($"curl -sf -m 5 http://{address}:30080")).Text.StartsWith("web-", StringComparison.Ordinal));
            await Until.Says(() => place.Minik.Kubectl("get service balanced -o jsonpath={.status.loadBalancer.ingress[0].ip}"), address);
            await Until.True(async () => (await place.Outside($"curl -sf -m 5 http://{address}:8888")).Text.StartsWith("web-", StringComparison.Ordinal));
            await Until.Says(() => place.OnNode($"curl -sk -m 5 https://{cluster}/readyz"), "ok");
            Assert.That(await Echoed(place.Outside, $"{address}:30007", 5003), Is.EqualTo("web-0"));
            Assert.That(await In("client", "wget -qO- http://web"), Does.StartWith("web-"));
        }
        await place.OnNode($"ip addr add {other}/24 dev out0");
        await place.OnNode($"ip addr del {NetworkPlace.Host}/24 dev out0");
        await place.OnNode($"ip addr replace {other}/24 dev out0");
        await Serves(other);
        await place.OnNode($"ip addr add {NetworkPlace.Host}/24 dev out0");
        await place.OnNode($"ip addr del {other}/24 dev out0");
        await place.OnNode($"ip addr replace {NetworkPlace.Host}/24 dev out0");
        await Serves(NetworkPlace.Host);
        await place.Do("label pod web-0 echoes-");
    }

    [Test, Order(100)]
    public async Task What_minik_leaves_when_it_stops_and_when_it_is_cleaned_up()
    {
        await Until.True(async () => (await place.Do("get pods -l app=rolling -o name")).Length == 0);
        var rules = await place.Left();
        await place.Minik.Kill();
        await place.Minik.Run();
        await Until.Says(() => place.Minik.Kubectl("get nodes"), " Ready");
        // Rules outlive a crash, sockets are opened anew.
        await Until.Says(() => place.Minik.Kubectl("exec client -- wget -qO- http://web"), "web-");
        // Flows come and go, and who stuck to which endpoint is forgotten with the process.
        static string[] Sorted(string text) => [.. text.Split('\n').Where(l => !l.Contains("src=", StringComparison.Ordinal) && !l.Contains(" timeout ", StringComparison.Ordinal)).Select(l => l.Trim()).Order(StringComparer.Ordinal)];
        string[] now = [];
        for (var tries = 0; tries < 50 && !now.SequenceEqual(Sorted(rules)); tries++)
        {
            await Until.Says(() => place.Minik.Kubectl("get nodes"), " Ready");
            now = Sorted(await place.Left());
        }
        Assert.That(now.Except(Sorted(rules)), Is.Empty, "more than before the crash");
        Assert.That(Sorted(rules).Except(now), Is.Empty, "less than before the crash");
        Assert.That(now, Has.Length.EqualTo(Sorted(rules).Length), "something is there twice");
        var address = await place.Do("get service web -o jsonpath={.spec.clusterIP}");
        var (first, peer) = (await Pid("client"), await AddressOf("web-0"));
        await place.Minik.Stop();
        // What stands for services in userspace are sockets of the process.
        var kept = mode == "userspace" ? $"{peer}:8080" : address;
        Assert.That((await Shell.Run("nsenter", $"-t {first} -n curl -sf -m 5 http://{kept}")).Text, Does.StartWith("web-"), "pods keep their network while nobody looks after it");
        var purged = await place.Purge();
        Assert.That(purged.Code, Is.Zero, purged.All);
        Assert.That((await place.Left()).Split('\n'), Is.EqualTo(place.Before.Split('\n')));
        Assert.That((await place.Docker.Docker("ps -aq")).Text, Is.Empty, "no container is left");
        Assert.That(Directory.Exists(place.Minik.Directory), Is.False, "no data are left");
        Assert.That((await File.ReadAllTextAsync("/proc/self/mounts")).Contains(place.Minik.Directory, StringComparison.Ordinal), Is.False, "no mounts are left");
    }

    private async Task<string> Pid(string pod)
    {
        var id = (await place.Do($"get pod {pod} -o jsonpath={{.status.containerStatuses[0].containerID}}")).Split("//")[1];
        return (await place.Docker.Docker($"inspect -f {{{{.State.Pid}}}} {id}")).Text.Trim();
    }

    /// <summary>Who answers a datagram. Answers may be lost while the echoes are starting; the port stays the same, so that it is one flow.</summary>
    private static async Task<string> Echoed(Func<string, Task<Output>> from, string to, int port)
    {
        var answer = "";
        await Until.True(async () => (answer = (await from($"sh -c 'echo hello | socat -t1 -T1 - UDP:{to},sourceport={port},reuseaddr'")).Text.Trim()).EndsWith(" hello", StringComparison.Ordinal));
        return answer.Split(' ')[0];
    }

    private Task<string> AddressOf(string pod) => place.Do($"get pod {pod} -o jsonpath={{.status.podIP}}");

    private Task<string> In(string pod, string command) => place.Do($"exec {pod} -- {command}");
}
