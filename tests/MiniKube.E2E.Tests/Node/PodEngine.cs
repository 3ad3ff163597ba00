using System.Globalization;
using MiniKube.TestKit;

namespace MiniKube.E2E.Tests.Node;

internal static class PodEngine
{
    public static async Task<IPodEngine> Start(string kind, Place? place = null) => kind == "docker" ? await DockerHost.Start(place) : new OwnContainerd();

    /// <summary>Stops minik and takes away all that it made.</summary>
    public static async Task<Output> Clean(MinikProcess minik)
    {
        await minik.Stop();
        return await Shell.Run(MinikProcess.Binary, $"cleanup --data-dir {minik.Directory}");
    }
}

/// <summary>The containerd that minik runs itself; the image lies in the directory for such.</summary>
internal sealed class OwnContainerd : IPodEngine
{
    private MinikProcess? user;

    public string[] Arguments => ["--runtime", "containerd"];

    public int Pid => int.Parse(File.ReadAllText(Path.Combine(user!.Directory, "containerd", "containerd.pid")), CultureInfo.InvariantCulture);

    public async Task BringImage(MinikProcess minik)
    {
        user = minik;
        var images = Directory.CreateDirectory(Path.Combine(minik.Directory, "images")).FullName;
        BusyboxArchive.Write(Path.Combine(minik.Directory, "busybox.tar"), DockerHost.Image, DockerHost.Commands);
        File.Move(Path.Combine(minik.Directory, "busybox.tar"), Path.Combine(images, "busybox.tar"));
        await Until.Says(() => Shell.Run(MinikProcess.Binary, $"image list --data-dir {minik.Directory}"), DockerHost.Image);
    }

    public async Task Restart(Func<Task> meanwhile)
    {
        // minik starts it again by itself.
        var before = Pid;
        await Shell.Run("kill", $"-KILL {before}");
        await meanwhile();
        await Until.True(() => Pid != before);
    }

    public string Root => Path.Combine(user!.Directory, "containerd");

    /// <summary>Its minik starts it.</summary>
    public Task Reboot(Func<Task> meanwhile, Func<Place> place) => meanwhile();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
