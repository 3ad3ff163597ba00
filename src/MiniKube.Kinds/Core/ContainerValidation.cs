using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

/// <summary>What a container needs to know about the pod around it.</summary>
internal sealed record PodSurroundings(
    IReadOnlyDictionary<string, JsonMap> Volumes, IReadOnlyCollection<string> Claims, string RestartPolicy, bool HostUsers, long? Grace, string? System);

/// <summary>Containers, init containers and ephemeral containers.</summary>
internal static class ContainerValidation
{
    private const string NotForInit = "may not be set for init containers without restartPolicy=Always";
    private static readonly string[] ProbesAndHooks = ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"];
    private static readonly string[] NotForEphemeral =
        ["ports", "resources", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle", "resizePolicy", "restartPolicy"];

    public static void Containers(Spot containers, PodSurroundings pod)
    {
        if (containers.List.Count == 0)
        {
            containers.Required();
            return;
        }
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var container in containers.Items())
        {
            Common(container, pod);
            if (!names.Add(container["name"].Text)) container["name"].Duplicate();
            ProbeValidation.All(container, pod);
            RestartPolicy(container);
        }
        HostPorts(containers.Items(), containers.Path);
    }

    public static void InitContainers(Spot containers, Spot regular, PodSurroundings pod)
    {
        var names = regular.List.Maps().Select(c => c.Text("name") ?? "").ToHashSet(StringComparer.Ordinal);
        foreach (var container in containers.Items())
        {
            Common(container, pod);
            var name = container["name"];
            RestartPolicy(container);
            if (names.Contains(name.Text)) name.Duplicate();
            else if (!name.IsBlank) names.Add(name.Text);
            HostPorts([container], containers.Path);
            if (container["restartPolicy"].Text == "Always")
            {
                ProbeValidation.All(container, pod);
                continue;
            }
            foreach (var field in ProbesAndHooks)
                if (container[field].IsSet) container[field].Forbidden(NotForInit);
        }
    }

    public static void EphemeralContainers(Spot containers, Spot regular, Spot init, PodSurroundings pod)
    {
        var others = regular.List.Maps().Concat(init.List.Maps()).Select(c => c.Text("name") ?? "").ToHashSet(StringComparer.Ordinal);
        var names = new HashSet<string>(others, StringComparer.Ordinal);
        foreach (var container in containers.Items())
        {
            Common(container, pod);
            ImageSpace(container);
            if (!names.Add(container["name"].Text)) container["name"].Duplicate();
            var target = container["targetContainerName"];
            if (!target.IsBlank && !others.Contains(target.Text)) target.NotFound();
            foreach (var field in NotForEphemeral)
            {
                var at = container[field];
                if (at.IsSet && at.Value is not (JsonMap { Count: 0 } or JsonList { Count: 0 })) at.Forbidden("cannot be set for an Ephemeral Container");
            }
            foreach (var mount in container["volumeMounts"].Items())
            {
                if (!mount["subPath"].IsBlank) mount["subPath"].Forbidden("cannot be set for an Ephemeral Container");
                if (!mount["subPathExpr"].IsBlank) mount["subPathExpr"].Forbidden("cannot be set for an Ephemeral Container");
            }
        }
    }

    /// <summary>Only pods are held to this; templates never were.</summary>
    public static void ImageSpace(Spot container)
    {
        var image = container["image"];
        if (image.Text != image.Text.Trim()) image.Invalid("must not have leading or trailing whitespace");
    }

    private static void Common(Spot container, PodSurroundings pod)
    {
        var name = container["name"];
        if (name.IsBlank) name.Required();
        else name.Follows(NameRules.DnsLabel);
        if (container["image"].IsBlank) container["image"].Required();
        container["terminationMessagePolicy"].OneOf("File", "FallbackToLogsOnError");
        Ports(container["ports"]);
        EnvValidation.Env(container["env"]);
        EnvValidation.EnvFrom(container["envFrom"]);
        MountValidation.Mounts(container, pod.Volumes);
        MountValidation.Devices(container, pod.Volumes);
        container["imagePullPolicy"].OneOf("Always", "IfNotPresent", "Never");
        ResourceValidation.Requirements(container["resources"], pod.Claims);
        ResizePolicy(container["resizePolicy"], pod.RestartPolicy);
        SecurityContextValidation.OfContainer(container["securityContext"], pod.HostUsers);
    }

    private static void RestartPolicy(Spot container)
    {
        container["restartPolicy"].OneOfIfSet("Always", "Never", "OnFailure");
        var rules = container["restartPolicyRules"];
        if (rules.List.Count > 0 && !container["restartPolicy"].IsSet)
            container["restartPolicy"].Required("must specify restartPolicy when restart rules are used");
        if (rules.List.Count > 20) rules.TooMany(20);
        foreach (var rule in rules.Items())
        {
            rule["action"].OneOf("Restart", "RestartAllContainers");
            if (!rule["exitCodes"].IsSet)
            {
                rule["exitCodes"].Required("must be specified");
                continue;
            }
            rule["exitCodes"]["operator"].OneOf("In", "NotIn");
            if (rule["exitCodes"]["values"].List.Count == 0) rule["exitCodes"]["values"].Required();
        }
    }

    private static void Ports(Spot ports)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var port in ports.Items())
        {
            var name = port["name"];
            if (!name.IsBlank)
            {
                var before = name.Errors.Count;
                name.Follows(ValueRules.PortName);
                if (name.Errors.Count == before && !names.Add(name.Text)) name.Duplicate();
            }
            if (port["containerPort"].Whole is null or 0) port["containerPort"].Required();
            else ValueRules.Port(port["containerPort"]);
            if (port["hostPort"].Whole is not (null or 0)) ValueRules.Port(port["hostPort"]);
            port["protocol"].OneOf("SCTP", "TCP", "UDP");
        }
    }

    private static void HostPorts(IEnumerable<Spot> containers, string path)
    {
        var taken = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (container, at) in containers.Select((c, i) => (c, i)))
        {
            foreach (var port in container["ports"].Under($"{path}[{at}].ports").Items())
            {
                if (port["hostPort"].Whole is null or 0) continue;
                var key = $"{port["protocol"].Text}/{port["hostIP"].Text}/{port["hostPort"].Whole}";
                if (!taken.Add(key)) port["hostPort"].Duplicate(key);
            }
        }
    }

    private static void ResizePolicy(Spot policies, string restartPolicy)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var policy in policies.Items())
        {
            var resource = policy["resourceName"];
            if (!seen.Add(resource.Text)) policy.Duplicate(resource.Text);
            resource.Under(policies.Path).OneOf("cpu", "memory");
            var restart = policy["restartPolicy"].Under(policies.Path);
            restart.OneOf("NotRequired", "RestartContainer");
            if (restartPolicy == "Never" && restart.Text != "NotRequired")
                restart.Invalid(restart.Text, "must be 'NotRequired' when `restartPolicy` is 'Never'");
        }
    }
}
