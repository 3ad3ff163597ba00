using System.Text;
using MiniKube.Kubelet.Logs;

namespace MiniKube.Kubelet.Tests;

/// <summary>A log that is rotated faster than it is read.</summary>
[TestFixture]
public sealed class LogRotationTests
{
    private readonly string directory = Directory.CreateTempSubdirectory("minik-log-").FullName;
    private string Log => Path.Combine(directory, "0.log");

    [OneTimeTearDown]
    public void Remove() => Directory.Delete(directory, recursive: true);

    [Test]
    [CancelAfter(120_000)]
    public async Task Every_line_is_read_once_however_often_it_was_rotated_meanwhile([Values] bool follow, [Values(1, 2, 4)] int rotations, CancellationToken patience)
    {
        foreach (var file in Directory.GetFiles(directory)) File.Delete(file);
        var (next, ended, read) = (0, false, new List<int>());
        void Write()
        {
            for (var i = 0; i < 10; i++) File.AppendAllText(Log, $"2026-01-01T00:00:00.000000000Z stdout F {next++}\n");
        }
        void Rotate()
        {
            for (var i = 8; i >= 1; i--)
                if (File.Exists($"{Log}.{i}")) File.Move($"{Log}.{i}", $"{Log}.{i + 1}");
            File.Move(Log, $"{Log}.1");
            Write();
        }
        Write();
        Rotate();
        await foreach (var line in LogReader.Read(Log, new() { Follow = follow }, () => ended, TimeProvider.System, patience))
        {
            read.Add(int.Parse(Encoding.ASCII.GetString(line.Span)));
            if (read.Count is not (5 or 15)) continue;
            // In the midst of a part that is old already, and of one that was the newest.
            for (var i = 0; i < rotations; i++) Rotate();
            ended = read.Count == 15;
        }
        Assert.That(read, Is.EqualTo(Enumerable.Range(0, next)));
        Assert.That(next, Is.EqualTo(20 + 20 * rotations));
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task Who_follows_slowly_gets_also_what_was_deleted_meanwhile(CancellationToken patience)
    {
        foreach (var file in Directory.GetFiles(directory)) File.Delete(file);
        var (next, ended, read) = (0, false, new List<int>());
        void Write() => File.WriteAllLines(Log, [$"2026-01-01T00:00:00.000000000Z stdout F {next++}", $"2026-01-01T00:00:00.000000000Z stdout F {next++}"]);
        bool IsHeld() => Directory.EnumerateFiles("/proc/self/fd").Any(d => new FileInfo(d).LinkTarget == Log);
        Write();
        await foreach (var line in LogReader.Read(Log, new() { Follow = true }, () => ended, TimeProvider.System, patience))
        {
            read.Add(int.Parse(Encoding.ASCII.GetString(line.Span)));
            if (ended) continue;
            for (var i = 0; i < 12; i++)
            {
                for (var part = 2; part >= 1; part--)
                    if (File.Exists($"{Log}.{part}")) File.Move($"{Log}.{part}", $"{Log}.{part + 1}", overwrite: true);
                File.Move(Log, $"{Log}.1");
                Write();
                while (!IsHeld()) await Task.Delay(10, patience);
            }
            ended = true;
        }
        Assert.That(read, Is.EqualTo(Enumerable.Range(0, next)));
        Assert.That(next, Is.EqualTo(26));
        Assert.That(IsHeld(), Is.False, "the files are let go of");
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task What_was_rotated_away_before_it_was_read_is_passed_over(CancellationToken patience)
    {
        foreach (var file in Directory.GetFiles(directory)) File.Delete(file);
        var read = new List<string>();
        await File.WriteAllTextAsync(Log, "2026-01-01T00:00:00.000000000Z stdout F a\n2026-01-01T00:00:00.000000000Z stdout F b\n", patience);
        await foreach (var line in LogReader.Read(Log, new() { Follow = true }, () => true, TimeProvider.System, patience))
        {
            read.Add(Encoding.ASCII.GetString(line.Span).Trim());
            if (read.Count != 1) continue;
            File.Delete(Log);
            await File.WriteAllTextAsync($"{Log}.1", "2026-01-01T00:00:00.000000000Z stdout F y\n", patience);
            await File.WriteAllTextAsync(Log, "2026-01-01T00:00:00.000000000Z stdout F z\n", patience);
        }
        Assert.That(read, Is.EqualTo((string[])["a", "b", "y", "z"]));
    }
}
