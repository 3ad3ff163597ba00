using System.Diagnostics;

namespace MiniKube.Host;

/// <summary>Everything one `minik agent` runs: the node's parts, over a link to its server.</summary>
internal sealed class JoinedNode : IAsyncDisposable
{
    private static readonly TimeSpan RenewEvery = TimeSpan.FromMinutes(1);

    private readonly JoinedNodeLink link;
    private readonly CancellationTokenSource stopping = new();
    private readonly List<Task> running = [];

    private JoinedNode(JoinedNodeLink link) => this.link = link;

    public static async Task<(JoinedNode? Node, string? Refusal)> Start(AgentSettings settings, TimeProvider time, ConsoleLog log, Stopwatch clock, CancellationToken cancel)
    {
        var before = AgentFiles.Read(settings.DataDir);
        if ((settings.Join ?? before?.Server) is not { } server) return (null, $"nothing is known in {settings.DataDir} of a server that was joined before: name it with --join https://HOST:6443");
        var keys = new NodeKeys(settings.DataDir, settings.NodeName);
        try
        {
            if (await new Joining(settings, server, keys, time, log.Warn).Run(cancel) is { } refused) return (null, refused);
            new AgentFiles(server, settings.NodeName, before?.Facts).Write(settings.DataDir);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            return (null, $"the data directory {settings.DataDir} can't be used: {e.Message}: run as root, or choose another with --data-dir");
        }
        var link = new JoinedNodeLink(settings, server, keys, time, log);
        if (await Facts(link, before?.Facts, time, log, cancel) is not { } facts)
        {
            link.Dispose();
            return (null, $"the server at {server} doesn't take this node's certificate any more: delete {Path.Combine(settings.DataDir, "agent", "pki")} and join again with a new token");
        }
        // The directories of volumes are cleared by what the cluster says of them.
        var told = facts.Over(settings);
        link.Dispose();
        OwnerFiles.RememberNode(told);
        var node = new JoinedNode(new JoinedNodeLink(told, server, keys, time, log));
        node.StartParts(told, time, log);
        log.Info($"node {told.NodeName} of {server} ready after {clock.ElapsedMilliseconds} ms");
        return (node, null);
    }

    /// <summary>As the server tells them now; as it told them last while it doesn't answer.</summary>
    private static async Task<ClusterFacts?> Facts(JoinedNodeLink link, ClusterFacts? before, TimeProvider time, ConsoleLog log, CancellationToken cancel)
    {
        string? said = null;
        while (true)
        {
            var facts = await link.Facts(cancel);
            if (facts.Ok) return facts.Value;
            if (facts.Error!.Code is 401 or 403) return null;
            if (said != facts.Error.Message) log.Warn($"{facts.Error.Message}; {(before is null ? "trying again" : "beginning with what it said last")}");
            said = facts.Error.Message;
            if (before is not null) return before;
            await Task.Delay(TimeSpan.FromSeconds(2), time, cancel);
        }
    }

    private void StartParts(AgentSettings settings, TimeProvider time, ConsoleLog log)
    {
        foreach (var (name, run) in (ReadOnlySpan<(string, Func<CancellationToken, Task>)>)
        [
            ("node", cancel => AgentParts.Run(settings, link, time, log, cancel)),
            ("memory return", cancel => MemoryReturn.Run(time, cancel)),
            ("certificate renewal", cancel => Renew(settings, time, log, cancel)),
        ])
            running.Add(Task.Run(() => Cluster.Keep(name, run, log, stopping.Token)));
    }

    private async Task Renew(AgentSettings settings, TimeProvider time, ConsoleLog log, CancellationToken cancel)
    {
        var address = link.AddressOf(settings);
        string? said = null;
        using var timer = new PeriodicTimer(RenewEvery, time);
        while (await timer.WaitForNextTickAsync(cancel))
        {
            var fault = await link.Renew(address, cancel);
            if (fault is not null && fault != said) log.Warn($"certificates: {fault}; tried again in a minute");
            said = fault;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await Task.WhenAny(Task.WhenAll(running), Task.Delay(TimeSpan.FromSeconds(2)));
        link.Dispose();
        stopping.Dispose();
    }
}
