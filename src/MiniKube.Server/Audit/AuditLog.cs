using System.Globalization;
using System.Threading.Channels;
using MiniKube.Machinery;

namespace MiniKube.Server.Audit;

/// <summary>Where the log goes and how much of it is kept.</summary>
public sealed record AuditLogOptions(string Path)
{
    public long MaxBytes { get; init; } = 100L << 20;
    public int MaxBackups { get; init; } = 10;

    /// <summary>Zero for no end.</summary>
    public TimeSpan MaxAge { get; init; }
}

/// <summary>
/// The audit log: one JSON line an event, written by one task. Requests only hand over what they have; when the disk
/// can't keep up they wait rather than go unrecorded.
/// </summary>
public sealed class AuditLog : IAsyncDisposable
{
    private const int MostWaiting = 4096;

    private readonly Channel<(AuditRecord Record, AuditStage Stage, DateTimeOffset At, ApiResponse? Response)> waiting =
        Channel.CreateBounded<(AuditRecord, AuditStage, DateTimeOffset, ApiResponse?)>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });

    private readonly AuditPolicy policy;
    private readonly AuditLogOptions options;
    private readonly TimeProvider time;
    private readonly ILog log;
    private readonly Task writing;

    public AuditLog(AuditPolicy policy, AuditLogOptions options, TimeProvider time, ILog log)
    {
        (this.policy, this.options, this.time, this.log) = (policy, options, time, log);
        writing = Task.Run(Write);
    }

    public AuditPolicy.Decision For(UserInfo user, RequestInfo info) => policy.For(user, info);

    public ValueTask Record(AuditRecord record, AuditStage stage, AuditPolicy.Decision decision, ApiResponse? response = null)
    {
        if (decision.Level == AuditLevel.None || decision.Omitted.Contains(stage)) return default;
        return waiting.Writer.WriteAsync((record, stage, time.GetUtcNow(), response));
    }

    private async Task Write()
    {
        FileStream? file = null;
        try
        {
            while (await waiting.Reader.WaitToReadAsync())
            {
                while (waiting.Reader.TryRead(out var next))
                {
                    try
                    {
                        var line = JsonWriter.ToUtf8(next.Record.ToEvent(next.Stage, next.At, next.Response));
                        if (file is not null && file.Length > 0 && file.Length + line.Length + 1 > options.MaxBytes)
                        {
                            await file.DisposeAsync();
                            file = null;
                            Rotate();
                        }
                        file ??= Open();
                        await file.WriteAsync(line);
                        file.WriteByte((byte)'\n');
                    }
                    catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                    {
                        log.Error($"audit log {options.Path}: {e.Message}: an event is not recorded");
                    }
                }
                if (file is not null) await file.FlushAsync();
            }
        }
        finally
        {
            if (file is not null) await file.DisposeAsync();
        }
    }

    private FileStream Open()
    {
        var how = new FileStreamOptions { Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.Read | FileShare.Delete };
        if (!OperatingSystem.IsWindows()) how.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new FileStream(options.Path, how);
    }

    /// <summary>The full file gets the time for a name; those beyond the number to keep go, and those beyond the age.</summary>
    private void Rotate()
    {
        var (directory, name, extension) = (Path.GetDirectoryName(Path.GetFullPath(options.Path))!, Path.GetFileNameWithoutExtension(options.Path), Path.GetExtension(options.Path));
        const string form = "yyyy-MM-dd'T'HH-mm-ss.fff";
        var stamp = time.GetUtcNow().ToString(form, CultureInfo.InvariantCulture);
        var target = Path.Combine(directory, $"{name}-{stamp}{extension}");
        for (var more = 1; File.Exists(target); more++) target = Path.Combine(directory, $"{name}-{stamp}-{more:D4}{extension}");
        File.Move(options.Path, target);
        // Names of this form sort by age.
        var oldest = options.MaxAge > TimeSpan.Zero ? $"{name}-{(time.GetUtcNow() - options.MaxAge).ToString(form, CultureInfo.InvariantCulture)}" : "";
        var backups = Directory.GetFiles(directory, $"{name}-*{extension}").OrderDescending(StringComparer.Ordinal).ToList();
        foreach (var (at, old) in backups.Index())
            if (at >= options.MaxBackups || string.CompareOrdinal(Path.GetFileName(old), oldest) < 0) File.Delete(old);
    }

    public async ValueTask DisposeAsync()
    {
        waiting.Writer.TryComplete();
        await writing;
    }
}
