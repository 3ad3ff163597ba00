using System.Diagnostics;
using System.Runtime.InteropServices;

namespace MiniKube.Host;

/// <summary>`minik server`: reads the settings, runs until told to stop.</summary>
internal static class ServerCommand
{
    public static async Task<int> Run(Func<Flag, IReadOnlyList<string>?> given, TextWriter error, CancellationToken cancel)
    {
        var clock = Stopwatch.StartNew();
        var (file, fault) = Sources.Read(Environment.GetEnvironmentVariable("MINIK_CONFIG") ?? Sources.ConfigPath, ServerFlags.All);
        var sources = new Sources(given, Environment.GetEnvironmentVariable, file);
        var byName = ServerFlags.All.ToDictionary(f => f.Name);
        var (settings, faults) = SettingsReader.Server(name => sources.Of(byName[name]), Environment.IsPrivilegedProcess,
            Environment.GetFolderPath(Environment.SpecialFolder.UserProfile));
        if (fault is not null || settings is null)
        {
            foreach (var wrong in fault is null ? faults : [fault, .. faults]) error.WriteLine($"minik: {wrong}");
            error.WriteLine("'minik server --help' shows what is allowed.");
            return Cli.Misused;
        }

        var log = new ConsoleLog(error, TimeProvider.System, settings.LogLevel, settings.JsonLog);
        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var cancelled = cancel.Register(() => stop.TrySetResult());
        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.TrySetResult();
        }

        log.Info($"{Product.Line} starting with {settings.DataDir}");
        var (cluster, refusal) = await Cluster.Start(settings, TimeProvider.System, log, clock, cancel);
        if (cluster is null)
        {
            log.Error(refusal!);
            return 1;
        }
        await stop.Task;
        clock.Restart();
        log.Info("stopping");
        await cluster.DisposeAsync();
        log.Info($"stopped after {clock.ElapsedMilliseconds} ms");
        return 0;
    }
}
