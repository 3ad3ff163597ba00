using System.Diagnostics;
using MiniKube.Store.Tests.Contract;
using static MiniKube.Store.Tests.Contract.Writes;

namespace MiniKube.Store.Tests.Durability;

[NonParallelizable]
public sealed class FullDiskTests
{
    [Test]
    public async Task A_full_disk_refuses_writes_serves_reads_and_heals()
    {
        var directory = Directory.CreateTempSubdirectory("minik-full-").FullName;
        MustRun("mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", directory);
        try
        {
            var ballast = Path.Combine(directory, "ballast");
            await File.WriteAllBytesAsync(ballast, new byte[2 << 20]);
            var path = Path.Combine(directory, "state.db");
            var store = (await StateStore.OpenAsync(new() { Path = path })).Store!;
            StoreFault? fault = null;
            var written = 0;
            for (; fault is null && written < 10_000; written++) fault = (await store.WriteAsync([Create($"n{written}", new string('x', 20_000)), Create($"m{written}")])).Fault;
            written--;
            Assert.That(fault, Is.TypeOf<StoreFault.Unavailable>());
            Assert.That(fault!.Message, Does.Contain("no space").And.Contain(path));
            Assert.That(store.Revision, Is.EqualTo(2 * written), "memory is ahead of the disk");
            Assert.That(store.Snapshot().Count("pods"), Is.EqualTo(2 * written));
            Assert.That(await store.Refused(Create("more", new string('x', 20_000))), Is.TypeOf<StoreFault.Unavailable>());

            File.Delete(ballast);
            await store.Must(Create("more", new string('x', 20_000)));
            await store.DisposeAsync();
            await using var again = (await StateStore.OpenAsync(new() { Path = path, FullCheck = true })).Store!;
            Assert.That(again.Revision, Is.EqualTo(2 * written + 1));
            Assert.That(again.Snapshot().Count("pods"), Is.EqualTo(2 * written + 1));
        }
        finally
        {
            MustRun("umount", directory);
            Directory.Delete(directory);
        }
    }

    [Test]
    public async Task A_disk_that_turns_read_only_refuses_writes_serves_reads_and_has_everything_acknowledged()
    {
        var directory = Directory.CreateTempSubdirectory("minik-readonly-").FullName;
        var image = directory + ".img";
        await using (var file = File.Create(image)) file.SetLength(32 << 20);
        MustRun("mkfs.ext4", "-q", image);
        MustRun("mount", "-o", "loop", image, directory);
        var path = Path.Combine(directory, "state.db");
        try
        {
            await using (var store = (await StateStore.OpenAsync(new() { Path = path })).Store!)
            {
                for (var i = 0; i < 20; i++) await store.Must(Create($"n{i}"));
                // What the kernel does to a disk that fails.
                MustRun("mount", "-o", "remount,abort", directory);
                var fault = await store.Refused(Create("more"));
                Assert.That(fault, Is.TypeOf<StoreFault.Unavailable>());
                Assert.That(fault.Message, Does.StartWith($"the disk of {path} fails"));
                Assert.That(store.Revision, Is.EqualTo(20));
                Assert.That(store.Snapshot().Count("pods"), Is.EqualTo(20));
            }

            MustRun("umount", directory);
            MustRun("mount", "-o", "loop", image, directory);
            await using var again = (await StateStore.OpenAsync(new() { Path = path, FullCheck = true })).Store!;
            Assert.That(again.Snapshot().Count("pods"), Is.EqualTo(20));
            await again.Must(Create("more"));
        }
        finally
        {
            MustRun("umount", directory);
            Directory.Delete(directory);
            File.Delete(image);
        }
    }

    private static void MustRun(string program, params string[] args)
    {
        using var process = Process.Start(new ProcessStartInfo(program, args) { RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, $"{program}: {error}");
    }
}
