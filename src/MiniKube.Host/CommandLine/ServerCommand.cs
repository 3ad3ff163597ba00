using System.Diagnostics;

namespace MiniKube.Host;

/// <summary>`minik server`: reads the settings, runs until told to stop.</summary>
internal static class ServerCommand
{
    public static async Task<int> Run(Func<Flag, IReadOnlyList<string>?> given, TextWriter error, CancellationToken cancel)
    {
        var clock = Stopwatch.StartNew();
        if (Invocation.Read(ServerFlags.All, given, SettingsReader.Server, "server", error) is not { } settings) return Cli.Misused;
        var log = new ConsoleLog(error, TimeProvider.System, settings.LogLevel, settings.JsonLog);
        using var stop = new StopSignals(cancel);
        log.Info($"{Product.Line} starting with {settings.DataDir}");
        var (cluster, refusal) = await Cluster.Start(settings, TimeProvider.System, log, clock, cancel);
        if (cluster is null)
        {
            log.Error(refusal!);
            return 1;
        }
        await stop.Told();
        clock.Restart();
        log.Info("stopping");
        await cluster.DisposeAsync();
        log.Info($"stopped after {clock.ElapsedMilliseconds} ms");
        return 0;
    }
}
