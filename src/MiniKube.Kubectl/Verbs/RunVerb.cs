using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>kubectl run: one pod.</summary>
internal static class RunVerb
{
    public static readonly Verb Verb = new("run", "Run a particular image on the cluster", "kubectl run NAME --image=image [--env=\"key=value\"] [--port=port] [--dry-run=server|client] [--overrides=inline-json] [--command] -- [COMMAND] [args...] [options]")
    {
        Flags =
        [
            .. CommonFlags.Output, CommonFlags.DryRun, CommonFlags.SaveConfig, CommonFlags.FieldManager("kubectl-run"),
            FlagSpec.Text("image", "The image"), FlagSpec.Text("image-pull-policy", "Always, IfNotPresent or Never"), FlagSpec.Many("env", "name=value"), FlagSpec.Text("port", "The port that the container exposes"),
            FlagSpec.Text("labels", "key=value, divided by commas", 'l'), FlagSpec.Many("annotations", "key=value"), FlagSpec.Text("restart", "Always, OnFailure or Never", standard: "Always"),
            FlagSpec.Switch("command", "What follows -- is the command, not its arguments"), FlagSpec.Switch("privileged", "With all rights on the node"), FlagSpec.Text("overrides", "JSON that is merged into the pod"),
            FlagSpec.Switch("stdin", "Keep the standard input open", 'i'), FlagSpec.Switch("tty", "With a terminal", 't'), FlagSpec.Switch("attach", "Show what it says"), FlagSpec.Switch("rm", "Delete it at the end"), FlagSpec.Switch("quiet", "Only what the process says", 'q'),
            FlagSpec.Switch("expose", "With a service for --port"), FlagSpec.Duration("pod-running-timeout", "How long to wait for it", "1m0s"),
        ],
        Run = Run,
    };

    private static async Task<int> Run(Call call)
    {
        if (call.Arguments.Count == 0) throw call.Misused("NAME is required for run");
        if (call.Text("image").Length == 0) throw call.Misused("required flag(s) \"image\" not set");
        if (call.Switch("tty") && !call.Switch("stdin")) throw call.Misused("-i/--stdin is required for containers with -t/--tty=true");
        if (call.Switch("expose") && call.Text("port").Length == 0) throw call.Misused("--port must be set when exposing a service");
        var attach = call.Has("attach") ? call.Switch("attach") : call.Switch("stdin") || call.Switch("tty");
        if (call.Switch("rm") && !attach) throw call.Misused("--rm should only be used for attached containers");
        var pods = new ApiResource("", "v1", "pods", "pod", "Pod", true);
        var pod = Pod(call);
        if (call.Switch("save-config")) LastApplied.Set(pod);
        if (call.DryRun != DryRun.Client)
        {
            pod.Map("metadata")!.Set("namespace", call.Namespace);
            pod = await call.Api.Post(pods.Path(call.Namespace) + call.WriteQuery(), pod);
        }
        var subject = new Subject(pods, call.Namespace, pod.Name()) { Object = pod };
        if (!attach) ObjectPrinter.Tell(call, subject, pod, "created");
        if (call.Switch("expose")) await Expose(call, pod);
        return attach && call.DryRun == DryRun.None ? await Follow(call, subject) : 0;
    }

    private static JsonMap Pod(Call call)
    {
        var (name, words) = (call.Arguments[0], call.Arguments.Skip(1).ToList());
        var container = new JsonMap { { "name", name }, { "image", call.Text("image") }, { "resources", new JsonMap() } };
        if (words.Count > 0) container.Set(call.Switch("command") ? "command" : "args", JsonList.OfTexts(words));
        if (call.Text("image-pull-policy") is { Length: > 0 } policy) container.Set("imagePullPolicy", policy);
        if (call.Words.All("env") is { Count: > 0 } env) container.Set("env", new JsonList(env.Select(e => e.IndexOf('=') is var at and > 0 ? (Json)new JsonMap { { "name", e[..at] }, { "value", e[(at + 1)..] } } : throw new Failure($"invalid env: {e}"))));
        if (call.Text("port") is { Length: > 0 } port) container.Set("ports", JsonList.Of(new JsonMap { { "containerPort", long.TryParse(port, out var number) ? number : throw new Failure($"strconv.Atoi: parsing \"{port}\": invalid syntax") } }));
        if (call.Switch("privileged")) container.Set("securityContext", new JsonMap { { "privileged", true } });
        if (call.Switch("stdin")) container.Set("stdin", true);
        if (call.Switch("stdin")) container.Set("stdinOnce", true);
        if (call.Switch("tty")) container.Set("tty", true);
        var pod = CreateVerb.Object("v1", "Pod", name);
        pod.Map("metadata")!.Set("labels", call.Text("labels") is { Length: > 0 } labels ? CreateVerb.Pairs(labels.Split(','), "label") : new JsonMap { { "run", name } });
        if (call.Words.All("annotations") is { Count: > 0 } annotations) pod.Map("metadata")!.Set("annotations", CreateVerb.Pairs(annotations, "annotation"));
        pod.Set("spec", new JsonMap { { "containers", JsonList.Of(container) }, { "dnsPolicy", "ClusterFirst" }, { "restartPolicy", call.Text("restart") } });
        pod.Set("status", new JsonMap());
        if (call.Text("overrides") is { Length: > 0 } overrides) MergePatch.Apply(pod, YamlReader.Read(overrides) as JsonMap ?? throw new Failure("--overrides must be an object"));
        return pod;
    }

    private static async Task Expose(Call call, JsonMap pod)
    {
        var port = long.Parse(call.Text("port"), System.Globalization.CultureInfo.InvariantCulture);
        var service = CreateVerb.Object("v1", "Service", pod.Name());
        service.Set("spec", new JsonMap { { "ports", JsonList.Of(new JsonMap { { "port", port }, { "protocol", "TCP" }, { "targetPort", port } }) }, { "selector", pod.Meta().Map("labels")!.Clone() } });
        var services = new ApiResource("", "v1", "services", "service", "Service", true);
        if (call.DryRun != DryRun.Client) service = await call.Api.Post(services.Path(call.Namespace) + call.WriteQuery(), service);
        ObjectPrinter.Tell(call, new Subject(services, call.Namespace, pod.Name()), service, "created");
    }

    private static async Task<int> Follow(Call call, Subject subject)
    {
        try
        {
            var phase = "";
            await Following.Until(call, subject, o => (phase = o.Status().Text("phase") ?? "") is "Running" or "Succeeded" or "Failed", call.Words.Duration("pod-running-timeout"), "timed out waiting for the condition");
            var tty = call.Switch("tty") && call.Around.InputIsTerminal;
            await call.Out.FlushAsync();
            if (phase == "Running")
            {
                if (tty && !call.Switch("quiet")) call.Error.WriteLine("If you don't see a command prompt, try pressing enter.");
                var query = $"?container={Uri.EscapeDataString(subject.Name)}&stdin={(call.Switch("stdin") ? "true" : "false")}&stdout=true&stderr={(tty ? "false" : "true")}&tty={(tty ? "true" : "false")}";
                await RemoteCommand.Run(call, subject.Sub("attach") + query, call.Switch("stdin") ? call.Around.In : null, call.Around.RawOut, call.Around.RawError, tty);
            }
            else
            {
                // It was faster than we: what it said is in its log.
                await using var log = await call.Api.Stream(subject.Sub("log"));
                await log.CopyToAsync(call.Around.RawOut, call.Stop);
            }
            if (call.Text("restart") == "Always") return 0;
            JsonMap? ended = null;
            await Following.Until(call, subject, o => (ended = o).Status().Text("phase") is "Succeeded" or "Failed", call.Words.Duration("pod-running-timeout"), "timed out waiting for the condition");
            return (int)(ended!.Status().Maps("containerStatuses").FirstOrDefault()?.Map("state")?.Map("terminated")?.Whole("exitCode") ?? 0);
        }
        finally
        {
            if (call.Switch("rm"))
            {
                await call.Api.Delete(subject.Path);
                if (!call.Switch("quiet")) call.Out.WriteLine($"pod \"{subject.Name}\" deleted");
            }
        }
    }
}
