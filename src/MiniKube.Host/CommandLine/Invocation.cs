using System.Runtime.InteropServices;

namespace MiniKube.Host;

/// <summary>What commands that run on have in common: their settings from everywhere, or all complaints at once.</summary>
internal static class Invocation
{
    public delegate (T? Settings, IReadOnlyList<string> Faults) Reader<T>(Func<string, IReadOnlyList<string>> values, bool privileged, string home);

    /// <summary>Null, with the reasons told, where something is wrong.</summary>
    public static T? Read<T>(IReadOnlyList<Flag> flags, Func<Flag, IReadOnlyList<string>?> given, Reader<T> read, string command, TextWriter error) where T : class
    {
        var (file, fault) = Sources.Read(Sources.ConfigPath, flags);
        var sources = new Sources(given, Environment.GetEnvironmentVariable, file);
        var byName = flags.ToDictionary(f => f.Name);
        var (settings, faults) = read(name => byName.TryGetValue(name, out var flag) ? sources.Of(flag) : [], Environment.IsPrivilegedProcess, Environment.GetFolderPath(Environment.SpecialFolder.UserProfile));
        if (fault is null && settings is not null) return settings;
        foreach (var wrong in fault is null ? faults : [fault, .. faults]) error.WriteLine($"minik: {wrong}");
        error.WriteLine($"'minik {command} --help' shows what is allowed.");
        return null;
    }
}

/// <summary>SIGTERM and SIGINT as a token.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource stop;
    private readonly PosixSignalRegistration terminate, interrupt;

    public StopSignals(CancellationToken cancel)
    {
        stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
    }

    public CancellationToken Token => stop.Token;

    public Task Told() => Task.Delay(Timeout.InfiniteTimeSpan, stop.Token).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    public void Dispose()
    {
        terminate.Dispose();
        interrupt.Dispose();
        stop.Dispose();
    }

    private void Stop(PosixSignalContext context)
    {
        context.Cancel = true;
        stop.Cancel();
    }
}
