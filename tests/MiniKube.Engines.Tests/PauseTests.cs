using System.Diagnostics;
using System.Runtime.InteropServices;
using MiniKube.Engines.Pause;

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
