using System.Globalization;
using MiniKube.Machinery;
using MiniKube.Server;

namespace MiniKube.Host;

public enum LogLevel
{
    Debug,
    Info,
    Warn,
    Error,
}

/// <summary>One readable line each for people, one JSON object each for machines; to standard error.</summary>
public sealed class ConsoleLog(TextWriter target, TimeProvider time, LogLevel level, bool json) : ILog
{
    private readonly Lock turn = new();

    public void Debug(string message) => Write(LogLevel.Debug, message);
    public void Info(string message) => Write(LogLevel.Info, message);
    public void Warn(string message) => Write(LogLevel.Warn, message);
    public void Error(string message) => Write(LogLevel.Error, message);

    private void Write(LogLevel severity, string message)
    {
        if (severity < level) return;
        var now = time.GetLocalNow();
        var line = json
            ? new JsonMap { { "time", Times.Micros(now) }, { "level", severity.ToString().ToLowerInvariant() }, { "message", message } }.ToString()
            : $"{now.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture)} {Mark(severity)}{message}";
        lock (turn) target.WriteLine(line);
    }

    private static string Mark(LogLevel severity) => severity switch { LogLevel.Warn => "warning: ", LogLevel.Error => "error: ", LogLevel.Debug => "debug: ", _ => "" };
}
