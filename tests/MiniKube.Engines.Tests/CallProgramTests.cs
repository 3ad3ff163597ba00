using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using MiniKube.Engines.Native;

namespace MiniKube.Engines.Tests;

/// <summary>The program that passes calls on, run for real where it is written for the machine.</summary>
[TestFixture]
public sealed class CallProgramTests
{
    private readonly string directory = Directory.CreateTempSubdirectory("minik-call-").FullName;

    [OneTimeTearDown]
    public void Clear() => Directory.Delete(directory, recursive: true);

    [Test]
    public async Task Environment_and_input_go_out_and_code_and_output_come_back()
    {
        if (Program("passes", "/bin/false") is not { } program) return;
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(Path.Combine(directory, "passes.sock")));
        listener.Listen();
        var input = new string('i', 100_000);
        var output = new string('o', 100_000);
        using var process = Start(program, ("A", "1"), ("LONG", new string('v', 5000)));
        var serving = Task.Run(async () =>
        {
            await using var stream = new NetworkStream(await listener.AcceptAsync(), ownsSocket: true);
            using var read = new MemoryStream();
            await stream.CopyToAsync(read);
            await stream.WriteAsync((byte[])[42, .. Encoding.ASCII.GetBytes(output)]);
            return Encoding.ASCII.GetString(read.ToArray());
        });
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        Assert.That(await process.StandardOutput.ReadToEndAsync(), Is.EqualTo(output));
        await process.WaitForExitAsync();
        Assert.That(process.ExitCode, Is.EqualTo(42));
        var heard = await serving;
        Assert.That(heard, Does.StartWith("\0").And.EndWith("\0\0" + input));
        Assert.That(heard.Split('\0'), Does.Contain("A=1").And.Contain("LONG=" + new string('v', 5000)));
    }

    [Test]
    public async Task Who_says_nothing_has_failed()
    {
        if (Program("silent", "/bin/true") is not { } program) return;
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(Path.Combine(directory, "silent.sock")));
        listener.Listen();
        using var process = Start(program);
        var serving = Task.Run(async () =>
        {
            await using var stream = new NetworkStream(await listener.AcceptAsync(), ownsSocket: true);
            await stream.CopyToAsync(Stream.Null);
        });
        process.StandardInput.Close();
        Assert.That(await process.StandardOutput.ReadToEndAsync(), Is.Empty);
        await process.WaitForExitAsync();
        Assert.That(process.ExitCode, Is.EqualTo(1));
        await serving;
    }

    [Test]
    public async Task Where_nobody_listens_the_executable_has_the_call()
    {
        if (Program("alone", "/bin/sh") is not { } program) return;
        using var process = Start(program, ("ANSWER", "well"));
        await process.StandardInput.WriteAsync("echo $ANSWER; exit 5\n");
        process.StandardInput.Close();
        Assert.That(await process.StandardOutput.ReadToEndAsync(), Is.EqualTo("well\n"));
        await process.WaitForExitAsync();
        Assert.That(process.ExitCode, Is.EqualTo(5));
    }

    [Test]
    public void A_socket_that_has_no_room_in_an_address_is_left_to_the_executable() =>
        Assert.That(CallProgram.For(Architecture.X64, "/" + new string('s', 107), "/bin/true"), Is.Null);

    private string? Program(string name, string executable)
    {
        if (CallProgram.For(RuntimeInformation.ProcessArchitecture, Path.Combine(directory, name + ".sock"), executable) is not { } program) return null;
        var path = Path.Combine(directory, name);
        File.WriteAllBytes(path, program);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return path;
    }

    private static Process Start(string program, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return Process.Start(start)!;
    }
}
