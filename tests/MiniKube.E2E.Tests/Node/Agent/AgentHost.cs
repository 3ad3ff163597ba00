using System.Globalization;
using System.Text.Json.Nodes;
using MiniKube.TestKit;

namespace MiniKube.E2E.Tests.Node.Agent;

/// <summary>One engine and one minik with static pods for all the fixtures that run on that engine; one engine after the other.</summary>
public abstract class AgentHost(string kind)
{
    public static IPodEngine Engine { get; private set; } = null!;
    public static MinikProcess Minik { get; private set; } = null!;
    public static ManifestServer Remote { get; private set; } = null!;
    public static string Manifests { get; private set; } = null!;
    public static string Node { get; } = Environment.MachineName.ToLowerInvariant();

    [OneTimeSetUp]
    public async Task Start()
    {
        Manifests = Directory.CreateTempSubdirectory("minik-manifests-").FullName;
        Remote = new() { Manifest = Pod("remote", "command: [sleep, \"1000\"]") };
        Engine = await PodEngine.Start(kind);
        Minik = await MinikProcess.Start([.. Engine.Arguments, "--pod-manifest-path", Manifests, "--manifest-url", Remote.Url]);
        await Engine.BringImage(Minik);
        await Until.Says(() => Minik.Kubectl("get nodes"), " Ready");
        await Until.Says(() => Minik.Kubectl("get serviceaccounts"), "default");
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        if (Minik is not null)
        {
            await PodEngine.Clean(Minik);
            await Minik.DisposeAsync();
        }
        if (Engine is not null) await Engine.DisposeAsync();
        if (Remote is not null) await Remote.DisposeAsync();
        if (Manifests is not null) Directory.Delete(Manifests, recursive: true);
    }

    /// <summary>kubectl, which must succeed.</summary>
    public static async Task<string> Do(string command, string? input = null)
    {
        var output = await Minik.Kubectl(command, input);
        Assert.That(output.Code, Is.Zero, $"kubectl {command}: {output.All}");
        return output.Text;
    }

    /// <summary>A pod of one container that ends quickly when told to.</summary>
    public static string Pod(string name, string container, string spec = "") =>
        $"{{apiVersion: v1, kind: Pod, metadata: {{name: {name}}}, spec: {{terminationGracePeriodSeconds: 1, {spec}{(spec.Length > 0 ? ", " : "")}containers: [{{name: c, image: {DockerHost.Image}, imagePullPolicy: IfNotPresent, {container}}}]}}}}";

    public static async Task Run(string name, string container, string spec = "")
    {
        await Do("apply -f -", Pod(name, container, spec));
        await Do($"wait --for=condition=Ready pod/{name} --timeout=180s");
    }

    public static Task<string> Of(string pod, string path) => Do($"get pod {pod} -o jsonpath={{{path}}}");

    /// <summary>Changes a pod through a subresource, as the oldest kubectl can do it.</summary>
    public static async Task Change(string pod, string subresource, Action<JsonNode> change)
    {
        var path = $"/api/v1/namespaces/default/pods/{pod}";
        var read = JsonNode.Parse(await Do($"get --raw {path}"))!;
        read["metadata"]!.AsObject().Remove("resourceVersion");
        change(read["spec"]!);
        await Do($"replace --raw {path}/{subresource} -f -", read.ToJsonString());
    }

    /// <summary>Whether the node says that its engine can do something for pods.</summary>
    public static async Task<bool> AblePods(string feature) => (await Do($"get node {Node} -o jsonpath={{.status.runtimeHandlers[*].features.{feature}}}")).Contains("true", StringComparison.Ordinal);

    /// <summary>A token of a service account, as the oldest kubectl can ask for it.</summary>
    public static async Task<string> Token(string ns, string account)
    {
        var asked = await Do($"create --raw /api/v1/namespaces/{ns}/serviceaccounts/{account}/token -f -", """{"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","spec":{}}""");
        return JsonNode.Parse(asked)!["status"]!["token"]!.GetValue<string>();
    }

    public static Task Gone(string pod) => Do($"delete pod {pod} --wait=false");

    /// <summary>Waits for an event of a pod.</summary>
    public static Task<string> Told(string pod, string text) => Until.Says(() => Minik.Kubectl($"get events --field-selector involvedObject.name={pod} -o jsonpath={{range.items[*]}}{{.type}}:{{.reason}}:{{.message}}{{\"\\n\"}}{{end}}"), text);

    /// <summary>The process of a pod's only container, whatever the engine: the oldest of its cgroup, which is named after the container.</summary>
    public static async Task<int> Pid(string pod)
    {
        var container = (await Of(pod, ".status.containerStatuses[0].containerID")).Split("://")[1];
        return Processes(container).Min();
    }

    /// <summary>Processes whose cgroup's path has a text in it.</summary>
    public static IEnumerable<int> Processes(string cgroup)
    {
        foreach (var directory in Directory.GetDirectories("/proc"))
            if (int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && CgroupOf(pid).Contains(cgroup, StringComparison.Ordinal)) yield return pid;
    }

    public static string CgroupOf(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cgroup");
        }
        catch (IOException)
        {
            return "";
        }
    }

    /// <summary>A limit as the kernel has it: of the old hierarchy, or of the new one.</summary>
    public static async Task<string> Limit(string pod, string controller, string old, string now)
    {
        var lines = CgroupOf(await Pid(pod)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(':', 3)).ToArray();
        var file = lines.FirstOrDefault(l => l[1].Split(',').Contains(controller)) is [_, _, var path] ? $"/sys/fs/cgroup/{controller}{path}/{old}" : $"/sys/fs/cgroup{lines.First(l => l[1].Length == 0)[2]}/{now}";
        return (await File.ReadAllTextAsync(file)).Trim();
    }
}
