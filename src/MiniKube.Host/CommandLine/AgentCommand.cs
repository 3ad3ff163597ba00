using System.Diagnostics;
using MiniKube.Store;

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
        var (lone, other) = Alone(settings.DataDir);
        if (lone is null)
        {
            log.Error(other);
            return 1;
        }
        using var held = lone;
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

    /// <summary>Two on one directory would both start its pods.</summary>
    private static (IDisposable? Lone, string Other) Alone(string data)
    {
        var path = OwnerFiles.Agent(data);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var (held, holder) = StateStore.KeepClosed(path);
            return (held, $"the data directory {data} is in use by process {holder}: one agent is enough, or choose another --data-dir");
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            return (null, $"the data directory {data} can't be used: {e.Message}: run as root, or choose another with --data-dir");
        }
    }
}
