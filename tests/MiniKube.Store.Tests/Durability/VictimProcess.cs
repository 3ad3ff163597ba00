using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace MiniKube.Store.Tests.Durability;

/// <summary>A victim and what it has said so far.</summary>
internal sealed partial class VictimProcess : IDisposable
{
    private readonly Process process;

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);

    public VictimProcess(string path)
    {
        process = Process.Start(new ProcessStartInfo("dotnet", ["exec", typeof(Victim).Assembly.Location, path])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
    }

    /// <summary>For each writer the number last acknowledged, and the highest revision.</summary>
    public long[] Acknowledged { get; } = new long[Victim.Writers];

    public long Revision { get; private set; }

    public void ReadAcknowledgements(int count)
    {
        for (var i = 0; i < count; i++)
            if (!ReadOne())
                Assert.Fail("the victim ended by itself: " + process.StandardError.ReadToEnd());
    }

    public void KillAndDrain()
    {
        process.Kill();
        while (ReadOne())
        {
        }

        process.WaitForExit();
    }

    /// <summary>Does something while the process stands still.</summary>
    public void Frozen(Action action)
    {
        const int stop = 19, go = 18;
        Assert.That(Kill(process.Id, stop), Is.Zero);
        while (!File.ReadAllText($"/proc/{process.Id}/stat").Split(')')[^1].StartsWith(" T", StringComparison.Ordinal)) Thread.Yield();
        action();
        Assert.That(Kill(process.Id, go), Is.Zero);
    }

    public void Dispose()
    {
        if (!process.HasExited) process.Kill();
        process.WaitForExit();
        process.Dispose();
    }

    private bool ReadOne()
    {
        if (process.StandardOutput.ReadLine() is not { } line) return false;
        var parts = line.Split(' ');
        // The last line of a killed process may be cut off.
        if (parts.Length < 3 || parts[2].Length == 0) return false;
        var (writer, n, revision) = (int.Parse(parts[0], CultureInfo.InvariantCulture), long.Parse(parts[1], CultureInfo.InvariantCulture),
            long.Parse(parts[2], CultureInfo.InvariantCulture));
        Acknowledged[writer] = n;
        // A cut-off number is a smaller one.
        Revision = Math.Max(Revision, revision);
        return true;
    }
}
