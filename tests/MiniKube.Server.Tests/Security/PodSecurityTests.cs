using MiniKube.Machinery;

namespace MiniKube.Server.Tests.Security;

/// <summary>The levels of pod security as a namespace asks for them.</summary>
[TestFixture]
public sealed class PodSecurityTests
{
    private const string Good = """
        "securityContext":{"runAsNonRoot":true,"seccompProfile":{"type":"RuntimeDefault"}},
        "containers":[{"name":"c","image":"i","securityContext":{"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"]}}}]
        """;

    private TestServer server = null!;

    [SetUp]
    public async Task Start() => server = await TestServer.Start();

    [TearDown]
    public async Task Stop() => await server.DisposeAsync();

    [TestCase("privileged", "\"hostPID\":true,\"containers\":[{\"name\":\"c\",\"image\":\"i\",\"securityContext\":{\"privileged\":true}}]", null)]
    [TestCase("baseline", "\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]", null)]
    [TestCase("baseline", "\"hostNetwork\":true,\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]",
        "pods \"p\" is forbidden: violates PodSecurity \"baseline:latest\": host namespaces (hostNetwork=true)")]
    [TestCase("baseline", "\"containers\":[{\"name\":\"c\",\"image\":\"i\",\"securityContext\":{\"privileged\":true}}]",
        "pods \"p\" is forbidden: violates PodSecurity \"baseline:latest\": privileged (container \"c\" must not set securityContext.privileged=true)")]
    [TestCase("restricted", Good, null)]
    [TestCase("restricted", "\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]",
        "pods \"p\" is forbidden: violates PodSecurity \"restricted:latest\": allowPrivilegeEscalation != false (container \"c\" must set securityContext.allowPrivilegeEscalation=false), "
        + "unrestricted capabilities (container \"c\" must set securityContext.capabilities.drop=[\"ALL\"]), "
        + "runAsNonRoot != true (pod or container \"c\" must set securityContext.runAsNonRoot=true), "
        + "seccompProfile (pod or container \"c\" must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\")")]
    public async Task A_level_is_enforced(string level, string spec, string? refusal)
    {
        await Label("enforce", level);
        var (code, body) = await Create(spec);
        Assert.That((code, code == 201 ? null : body.Text("message")), Is.EqualTo((refusal is null ? 201 : 403, refusal)));
    }

    // Level, version, annotations, what else the pod says, what else its container says, what is wrong with that.
    [TestCase("baseline", "latest", "", "", "\"securityContext\":{\"appArmorProfile\":{\"type\":\"Unconfined\"}}", "forbidden AppArmor profile (container \"c\" must not set AppArmor profile type to \"Unconfined\")")]
    [TestCase("baseline", "v1.9", "\"container.apparmor.security.beta.kubernetes.io/c\":\"unconfined\"", "", "", "forbidden AppArmor profile (annotation must not set AppArmor profile type to \"container.apparmor.security.beta.kubernetes.io/c=\"unconfined\"\")")]
    [TestCase("baseline", "latest", "", "", "\"securityContext\":{\"capabilities\":{\"add\":[\"SYS_ADMIN\",\"NET_RAW\",\"CHOWN\"]}}", "non-default capabilities (container \"c\" must not include \"NET_RAW\", \"SYS_ADMIN\" in securityContext.capabilities.add)")]
    [TestCase("baseline", "latest", "", "\"volumes\":[{\"name\":\"v\",\"hostPath\":{\"path\":\"/\"}}]", "", "hostPath volumes (volume \"v\")")]
    [TestCase("baseline", "latest", "", "\"initContainers\":[{\"name\":\"n\",\"image\":\"i\",\"ports\":[{\"containerPort\":1,\"hostPort\":20}]}]", "\"ports\":[{\"containerPort\":2,\"hostPort\":100}]", "hostPort (containers \"n\", \"c\" use hostPorts 100, 20)")]
    [TestCase("baseline", "latest", "", "", "\"livenessProbe\":{\"httpGet\":{\"port\":80,\"host\":\"169.254.169.254\"}}", "probe or lifecycle host (container \"c\" uses probe or lifecycle host \"169.254.169.254\")")]
    [TestCase("baseline", "v1.33", "", "", "\"livenessProbe\":{\"httpGet\":{\"port\":80,\"host\":\"169.254.169.254\"}}", null)]
    [TestCase("baseline", "latest", "", "\"hostUsers\":true", "\"securityContext\":{\"procMount\":\"Default\"}", null)]
    [TestCase("baseline", "latest", "", "\"securityContext\":{\"seLinuxOptions\":{\"type\":\"spc_t\"}}", "\"securityContext\":{\"seLinuxOptions\":{\"user\":\"u\",\"role\":\"r\"}}", "seLinuxOptions (pod and container \"c\" set forbidden securityContext.seLinuxOptions: type \"spc_t\"; user may not be set; role may not be set)")]
    [TestCase("baseline", "latest", "", "\"securityContext\":{\"seLinuxOptions\":{\"type\":\"container_engine_t\"}}", "", null)]
    [TestCase("baseline", "v1.30", "", "\"securityContext\":{\"seLinuxOptions\":{\"type\":\"container_engine_t\"}}", "", "seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: type \"container_engine_t\")")]
    [TestCase("baseline", "latest", "", "\"securityContext\":{\"seccompProfile\":{\"type\":\"Unconfined\"}}", "\"securityContext\":{\"seccompProfile\":{\"type\":\"Unconfined\"}}", "seccompProfile (pod and container \"c\" must not set securityContext.seccompProfile.type to \"Unconfined\")")]
    [TestCase("baseline", "v1.18", "\"seccomp.security.alpha.kubernetes.io/pod\":\"unconfined\"", "", "", "seccompProfile (forbidden annotation seccomp.security.alpha.kubernetes.io/pod=\"unconfined\")")]
    [TestCase("baseline", "latest", "", "\"securityContext\":{\"sysctls\":[{\"name\":\"kernel.msgmax\",\"value\":\"1\"},{\"name\":\"net.ipv4.tcp_rmem\",\"value\":\"1\"}]}", "", "forbidden sysctls (kernel.msgmax)")]
    [TestCase("baseline", "v1.31", "", "\"securityContext\":{\"sysctls\":[{\"name\":\"kernel.msgmax\",\"value\":\"1\"},{\"name\":\"net.ipv4.tcp_rmem\",\"value\":\"1\"}]}", "", "forbidden sysctls (kernel.msgmax, net.ipv4.tcp_rmem)")]
    [TestCase("baseline", "latest", "", "\"hostNetwork\":true,\"securityContext\":{\"windowsOptions\":{\"hostProcess\":true}}", "", "host namespaces (hostNetwork=true), hostProcess (pod must not set securityContext.windowsOptions.hostProcess=true)")]
    [TestCase("baseline", "latest", "", "\"hostPID\":true,\"hostIPC\":true", "\"securityContext\":{\"privileged\":true}", "host namespaces (hostPID=true, hostIPC=true), privileged (container \"c\" must not set securityContext.privileged=true)")]
    [TestCase("restricted", "latest", "", "\"securityContext\":{\"runAsNonRoot\":true,\"seccompProfile\":{\"type\":\"RuntimeDefault\"}}", "\"securityContext\":{\"allowPrivilegeEscalation\":false,\"capabilities\":{\"drop\":[\"ALL\"]}}", null)]
    [TestCase("restricted", "latest", "", "\"securityContext\":{\"runAsNonRoot\":true,\"seccompProfile\":{\"type\":\"RuntimeDefault\"}},\"volumes\":[{\"name\":\"v\",\"hostPath\":{\"path\":\"/\"}},{\"name\":\"w\",\"nfs\":{\"server\":\"s\",\"path\":\"/\"}},{\"name\":\"x\",\"emptyDir\":{}}]", "\"securityContext\":{\"allowPrivilegeEscalation\":false,\"capabilities\":{\"drop\":[\"ALL\"]}}", "restricted volume types (volumes \"v\", \"w\" use restricted volume types \"hostPath\", \"nfs\")")]
    [TestCase("restricted", "v1.25", "", "\"securityContext\":{\"runAsNonRoot\":true,\"seccompProfile\":{\"type\":\"RuntimeDefault\"}},\"volumes\":[{\"name\":\"v\",\"image\":{\"reference\":\"r\"}}]", "\"securityContext\":{\"allowPrivilegeEscalation\":false,\"capabilities\":{\"drop\":[\"ALL\"]}}", null)]
    [TestCase("restricted", "latest", "", "\"securityContext\":{\"runAsNonRoot\":true,\"seccompProfile\":{\"type\":\"RuntimeDefault\"},\"runAsUser\":0}", "\"securityContext\":{\"allowPrivilegeEscalation\":false,\"capabilities\":{\"drop\":[\"ALL\"]},\"runAsUser\":0}", "runAsUser=0 (pod and container \"c\" must not set runAsUser=0)")]
    [TestCase("restricted", "v1.22", "", "\"securityContext\":{\"runAsNonRoot\":true,\"seccompProfile\":{\"type\":\"RuntimeDefault\"},\"runAsUser\":0}", "\"securityContext\":{\"allowPrivilegeEscalation\":false,\"capabilities\":{\"drop\":[\"ALL\"]}}", null)]
    [TestCase("restricted", "latest", "", "\"securityContext\":{\"runAsNonRoot\":true,\"seccompProfile\":{\"type\":\"RuntimeDefault\"}}", "\"securityContext\":{\"allowPrivilegeEscalation\":false,\"capabilities\":{\"drop\":[\"ALL\"]},\"runAsNonRoot\":false}", "runAsNonRoot != true (container \"c\" must not set securityContext.runAsNonRoot=false)")]
    [TestCase("restricted", "latest", "", "\"hostUsers\":false,\"securityContext\":{\"runAsUser\":0,\"seccompProfile\":{\"type\":\"Localhost\",\"localhostProfile\":\"p\"}}", "\"securityContext\":{\"allowPrivilegeEscalation\":false,\"capabilities\":{\"drop\":[\"ALL\"]}}", null)]
    [TestCase("restricted", "v1.34", "", "\"hostUsers\":false,\"securityContext\":{\"seccompProfile\":{\"type\":\"RuntimeDefault\"}}", "\"securityContext\":{\"allowPrivilegeEscalation\":false,\"capabilities\":{\"drop\":[\"ALL\"]}}", "runAsNonRoot != true (pod or container \"c\" must set securityContext.runAsNonRoot=true)")]
    [TestCase("restricted", "latest", "", "\"securityContext\":{\"runAsNonRoot\":true,\"seccompProfile\":{\"type\":\"RuntimeDefault\"}}", "\"securityContext\":{\"allowPrivilegeEscalation\":false,\"capabilities\":{\"drop\":[\"ALL\"],\"add\":[\"NET_BIND_SERVICE\",\"CHOWN\"]}}", "unrestricted capabilities (container \"c\" must not include \"CHOWN\" in securityContext.capabilities.add)")]
    [TestCase("restricted", "latest", "", "\"securityContext\":{\"runAsNonRoot\":true,\"seccompProfile\":{\"type\":\"Unconfined\"}}", "\"securityContext\":{\"allowPrivilegeEscalation\":false,\"capabilities\":{\"drop\":[\"ALL\"]}}", "seccompProfile (pod must not set securityContext.seccompProfile.type to \"Unconfined\")")]
    [TestCase("restricted", "v1.24", "", "\"os\":{\"name\":\"windows\"},\"securityContext\":{\"runAsNonRoot\":true}", "", "allowPrivilegeEscalation != false (container \"c\" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container \"c\" must set securityContext.capabilities.drop=[\"ALL\"]), seccompProfile (pod or container \"c\" must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\")")]
    [TestCase("restricted", "latest", "", "\"os\":{\"name\":\"windows\"},\"securityContext\":{\"runAsNonRoot\":true}", "", null)]
    public void Each_control_counts_from_its_version_on_in_upstreams_words(string level, string version, string annotations, string pod, string container, string? fault)
    {
        static string Also(string text) => text.Length > 0 ? "," + text : "";
        var asked = PodSecurityPolicy.Of(new JsonMap { { PodSecurityPolicy.Prefix + "enforce", level }, { PodSecurityPolicy.Prefix + "enforce-version", version } });
        var declared = JsonReader.ParseMap("{\"metadata\":{\"annotations\":{ANNOTATIONS}},\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"i\"CONTAINER}]POD}}".Replace("ANNOTATIONS", annotations, StringComparison.Ordinal)
            .Replace("CONTAINER", Also(container), StringComparison.Ordinal).Replace("POD", Also(pod), StringComparison.Ordinal));
        Assert.That(string.Join(", ", PodSecurityChecks.Violations(declared, asked.Enforce)), Is.EqualTo(fault ?? ""));
    }

    [TestCase("baseline", false, "latest", true)]
    [TestCase("baseline", true, "latest", false)]
    [TestCase("baseline", true, "v1.34", true)]
    [TestCase("restricted", true, "latest", true)]
    public void The_proc_of_a_pod_with_users_of_its_own_may_be_unmasked_in_the_baseline(string level, bool own, string version, bool refused)
    {
        var asked = PodSecurityPolicy.Of(new JsonMap { { PodSecurityPolicy.Prefix + "enforce", level }, { PodSecurityPolicy.Prefix + "enforce-version", version } });
        var pod = JsonReader.ParseMap("""{"spec":{"containers":[{"name":"c","image":"i","securityContext":{"procMount":"Unmasked"}}]}}""");
        if (own) pod.Map("spec")!.Set("hostUsers", false);
        Assert.That(PodSecurityChecks.Violations(pod, asked.Enforce).Contains("procMount (container \"c\" must not set securityContext.procMount to \"Unmasked\")"), Is.EqualTo(refused));
    }

    [Test]
    public async Task A_level_to_warn_of_refuses_nothing()
    {
        await Label("warn", "baseline");
        var (code, _) = await Create("\"hostPID\":true,\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]");
        Assert.That(code, Is.EqualTo(201));
    }

    [TestCase("v1.7", "runAsNonRoot != true")]
    [TestCase("v1.18", "allowPrivilegeEscalation != false")]
    [TestCase("v1.19", "seccompProfile")]
    [TestCase("v1.22", "unrestricted capabilities")]
    [TestCase("v1.99", "unrestricted capabilities")]
    public async Task A_level_is_that_of_its_version(string version, string newest)
    {
        await Label("enforce", "restricted");
        await Label("enforce-version", version);
        var (code, body) = await Create("\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]");
        Assert.That((code, body.Text("message")!.Contains($"\"restricted:{version}\"", StringComparison.Ordinal)), Is.EqualTo((403, true)), body.ToString());
        string[] order = ["runAsNonRoot != true", "allowPrivilegeEscalation != false", "seccompProfile", "unrestricted capabilities"];
        var expected = Array.IndexOf(order, newest) + 1;
        Assert.That(order.Count(o => body.Text("message")!.Contains(o, StringComparison.Ordinal)), Is.EqualTo(expected), body.Text("message"));
    }

    [TestCase("enforce", "strict", "must be one of privileged, baseline, restricted")]
    [TestCase("warn", "", "must be one of privileged, baseline, restricted")]
    [TestCase("audit-version", "1.24", "must be \"latest\" or \"v1.x\"")]
    [TestCase("enforce-version", "v1.07", "must be \"latest\" or \"v1.x\"")]
    [TestCase("enforce-version", "v2.1", "must be \"latest\" or \"v1.x\"")]
    public async Task A_label_that_can_not_be_read_is_refused(string mode, string value, string rule)
    {
        var (code, body) = await Label(mode, value);
        Assert.That((code, body.Text("message")), Is.EqualTo((422, $"Namespace \"ref\" is invalid: metadata.labels[pod-security.kubernetes.io/{mode}]: Invalid value: \"{value}\": {rule}")));
    }

    [Test]
    public async Task Pods_that_are_there_are_told_of_when_a_level_comes()
    {
        await Create("\"hostPID\":true,\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]");
        var request = new ApiRequest
        {
            Info = RequestInfo.Of("PATCH", "/api/v1/namespaces/ref", Query.Empty), User = TestServer.Admin, ContentType = "application/merge-patch+json",
            Body = "{\"metadata\":{\"labels\":{\"pod-security.kubernetes.io/enforce\":\"baseline\"}}}"u8.ToArray(),
        };
        await server.Assembly.Api.Handle(request);
        Assert.That(request.Warnings, Is.EqualTo(new[] { "existing pods in namespace \"ref\" violate the new PodSecurity enforce level \"baseline:latest\"", "p: host namespaces" }));
    }

    private Task<(int Code, JsonMap Body)> Create(string spec) => server.Send("POST", "/api/v1/namespaces/ref/pods", "{\"metadata\":{\"name\":\"p\"},\"spec\":{" + spec + "}}");

    private Task<(int Code, JsonMap Body)> Label(string mode, string level) => server.Send("PATCH", "/api/v1/namespaces/ref",
        $$$"""{"metadata":{"labels":{"pod-security.kubernetes.io/{{{mode}}}":"{{{level}}}"} } }""", "application/merge-patch+json");
}
