using System.Diagnostics;

namespace MiniKube.Host;

/// <summary>`minik agent`: reads the settings, joins, runs until told to stop.</summary>
internal static class AgentCommand
{
    public static async Task<int> Run(Func<Flag, IReadOnlyList<string>?> given, TextWriter error, CancellationToken cancel)
    {
        var clock = Stopwatch.StartNew();
        if (Invocation.Read(AgentFlags.All, given, SettingsReader.Agent, "agent", error) is not { } settings) return Cli.Misused;
        var log = new ConsoleLog(error, TimeProvider.System, settings.LogLevel, settings.JsonLog);
        using var stop = new StopSignals(cancel);
        log.Info($"{Product.Line} starting as node {settings.NodeName} with {settings.DataDir}");
        JoinedNode? node;
        try
        {
            (node, var refusal) = await JoinedNode.Start(settings, TimeProvider.System, log, clock, stop.Token);
            if (refusal is not null) log.Error(refusal);
            if (node is null) return 1;
        }
        catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
        {
            return 0;
        }
        await stop.Told();
        clock.Restart();
        log.Info("stopping; pods go on running");
        await node.DisposeAsync();
        log.Info($"stopped after {clock.ElapsedMilliseconds} ms");
        return 0;
    }
}
