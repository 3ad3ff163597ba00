using MiniKube.Kinds.Core;
using MiniKube.Kubelet.Probes;
using MiniKube.Kubelet.Status;

namespace MiniKube.Kubelet.Containers;

/// <summary>Runs a lifecycle handler; null when it went well, otherwise what to say about it, in upstream's words.</summary>
internal sealed class Hooks(IContainerEngine engine, ProbeCheck check, TimeProvider time)
{
    public async Task<string?> Run(LifecycleHandler handler, PodIdentity pod, Container container, ContainerInfo running, string podIP, CancellationToken cancel)
    {
        var whose = $"Container \"{container.Name}\" in Pod \"{pod.Name}_{pod.Namespace}({pod.Uid})\"";
        if (handler.Exec is { } exec)
        {
            var (error, output) = await Run(exec.Command ?? [], running, cancel);
            return error is null ? null : $"Exec lifecycle hook ([{string.Join(' ', exec.Command ?? [])}]) for {whose} failed - error: {error}, message: {GoText.Quoted(output)}";
        }
        if (handler.HttpGet is { } get)
        {
            var answer = await check.Get(get, container, podIP, cancel, "kube-lifecycle/1.36");
            // Any answer will do; only no answer is a failure.
            return answer.Success || answer.Output.StartsWith("HTTP probe failed", StringComparison.Ordinal) ? null : $"HTTP lifecycle hook ({get.Path}) for {whose} failed - error: {answer.Output}";
        }
        if (handler.Sleep is { } sleep)
        {
            await Task.Delay(TimeSpan.FromSeconds(sleep.Seconds ?? 0), time, cancel);
            return null;
        }
        // The API takes a connection for a handler, but nobody has ever made one.
        var tcp = handler.TcpSocket is { } socket ? $"&TCPSocketAction{{Port:{Port(socket.Port)},Host:{socket.Host},}}" : "nil";
        return $"Cannot run handler: invalid handler: &LifecycleHandler{{Exec:nil,HTTPGet:nil,TCPSocket:{tcp},Sleep:nil,}}";
    }

    private async Task<(string? Error, string Output)> Run(IReadOnlyList<string> command, ContainerInfo running, CancellationToken cancel)
    {
        try
        {
            // It has all the time in the world, or until somebody loses patience.
            var result = await engine.ExecSync(running.Id, command, TimeSpan.FromHours(24), cancel);
            return result.ExitCode == 0 ? (null, "") : ($"command '{string.Join(' ', command)}' exited with {result.ExitCode}: {result.Errors}", result.Output);
        }
        catch (Exception e) when (e is EngineException or TimeoutException)
        {
            return (e.Message, "");
        }
    }

    private static string Port(Machinery.IntOrString? port) => port?.Text is { } name ? $"{{1 0 {name}}}" : $"{{0 {port?.Number ?? 0} }}";
}
