using System.Diagnostics;
using System.Runtime.InteropServices;
using MiniKube.Engines.Pause;
using MiniKube.TestKit;

namespace MiniKube.Engines.Tests;

[TestFixture]
public sealed class PauseTests
{
    [Test]
    public async Task The_program_waits_and_ends_when_asked()
    {
        var path = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(path, PauseProgram.For(RuntimeInformation.ProcessArchitecture));
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
            using var process = Process.Start(path);
            // Asked before it has blocked them all, it ends as any program would. Those that it waits for aren't shown.
            await Until.True(() => Blocks(process.Id, signal: 10));
            // A child's end must not end it.
            using (var child = Process.Start("kill", ["-CHLD", $"{process.Id}"])) await child.WaitForExitAsync();
            Assert.That(process.HasExited, Is.False);
            using (var term = Process.Start("kill", ["-TERM", $"{process.Id}"])) await term.WaitForExitAsync();
            await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(120));
            Assert.That(process.ExitCode, Is.Zero);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static bool Blocks(int pid, int signal) =>
        File.ReadLines($"/proc/{pid}/status").Where(l => l.StartsWith("SigBlk:", StringComparison.Ordinal)).Select(l => Convert.ToUInt64(l["SigBlk:".Length..].Trim(), 16)).Single() >> (signal - 1) is var from && (from & 1) == 1;

    [TestCase(Architecture.X64, 62)]
    [TestCase(Architecture.Arm64, 183)]
    public void It_is_small_and_for_the_right_machine(Architecture architecture, int machine)
    {
        var program = PauseProgram.For(architecture);
        Assert.That(program, Has.Length.LessThan(400));
        Assert.That(program[..4], Is.EqualTo(new byte[] { 0x7F, (byte)'E', (byte)'L', (byte)'F' }));
        Assert.That(BitConverter.ToUInt16(program, 18), Is.EqualTo(machine));
    }
}
