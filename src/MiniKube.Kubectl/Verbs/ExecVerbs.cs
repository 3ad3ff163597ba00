namespace MiniKube.Kubectl;

/// <summary>kubectl exec and attach: a process in a container, with its streams here.</summary>
internal static class ExecVerbs
{
    private static readonly FlagSpec[] Common =
    [
        FlagSpec.Text("container", "The container", 'c'), FlagSpec.Switch("stdin", "Hand on the standard input", 'i'), FlagSpec.Switch("tty", "Standard input is a terminal", 't'),
        FlagSpec.Switch("quiet", "Only what the process says", 'q'), FlagSpec.Duration("pod-running-timeout", "How long to wait for a pod", "1m0s"),
    ];

    public static readonly Verb Exec = new("exec", "Execute a command in a container", "kubectl exec (POD | TYPE/NAME) [-c CONTAINER] [flags] -- COMMAND [args...] [options]") { Flags = [.. Common, .. CommonFlags.Files], Run = RunExec };

    public static readonly Verb Attach = new("attach", "Attach to a running container", "kubectl attach (POD | TYPE/NAME) -c CONTAINER [options]") { Flags = Common, Run = RunAttach };

    private static async Task<int> RunExec(Call call)
    {
        var dash = call.Words.BeforeDash;
        if (call.Arguments.Count == 0) throw call.Misused("pod, type/name or --filename must be specified");
        if (dash is not 1) throw call.Misused(dash < 0 && call.Arguments.Count > 1 ? "exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead" : "you must specify at least one command for the container");
        if (call.Arguments.Count < 2) throw call.Misused("you must specify at least one command for the container");
        var command = string.Concat(call.Arguments.Skip(1).Select(w => $"command={Uri.EscapeDataString(w)}&"));
        return await Run(call, "exec", command);
    }

    private static Task<int> RunAttach(Call call) => call.Arguments.Count == 1 ? Run(call, "attach", "") : throw call.Misused(call.Arguments.Count == 0 ? "at least 1 argument is required for attach" : $"expected POD, TYPE/NAME, or (TYPE NAME), (at most 2 arguments) saw {call.Arguments.Count}: [{string.Join(' ', call.Arguments)}]");

    private static async Task<int> Run(Call call, string subresource, string command)
    {
        var pod = await PodChoice.One(call, call.Arguments[0]);
        if (pod.Status().Text("phase") is var phase && phase is "Succeeded" or "Failed") throw new Failure($"cannot {subresource} {(subresource == "exec" ? "into" : "to")} a container in a completed pod; current phase is {phase}");
        var container = PodChoice.Container(call, pod, call.Text("container"), call.Switch("quiet"));
        var (stdin, tty) = (call.Switch("stdin"), call.Switch("tty"));
        if (tty && (!stdin || !call.Around.InputIsTerminal))
        {
            if (stdin) call.Error.WriteLine("Unable to use a TTY - input is not a terminal or the right kind of file");
            tty = false;
        }
        var query = $"?{command}container={Uri.EscapeDataString(container)}&stdin={(stdin ? "true" : "false")}&stdout=true&stderr={(tty ? "false" : "true")}&tty={(tty ? "true" : "false")}";
        await call.Out.FlushAsync();
        if (subresource == "attach" && !call.Switch("quiet") && tty) call.Error.WriteLine("If you don't see a command prompt, try pressing enter.");
        var path = (await PodChoice.Pods(call)).Path(pod.Namespace(), pod.Name(), subresource) + query;
        var code = await RemoteCommand.Run(call, path, stdin ? call.Around.In : null, call.Around.RawOut, call.Around.RawError, tty);
        if (code != 0) call.Error.WriteLine($"command terminated with exit code {code}");
        return code;
    }
}
