using System.Diagnostics;
using MiniKube.Kubelet.Files;
using MiniKube.Kubelet.Volumes;

namespace MiniKube.Kubelet.Tests;

/// <summary>Images' layers, as the kernel shows them to pods with users of their own.</summary>
[TestFixture, Category("Kernel")]
public sealed class ImageMountTests
{
    private const int First = 131_072;

    private DirectoryInfo place = null!;
    private Process holder = null!;

    [SetUp]
    public void Make()
    {
        place = Directory.CreateTempSubdirectory("minik-layers-");
        foreach (var (layer, file, owner) in new[] { ("upper", "of-root", 0u), ("upper", "both", 1000u), ("lower", "both", 0u), ("lower", "of-seven", 7u) })
        {
            var path = Path.Combine(place.CreateSubdirectory(layer).FullName, file);
            File.WriteAllText(path, layer);
            Kernel.SetOwner(path, owner, owner);
        }
        place.CreateSubdirectory("target");
        holder = Process.Start(new ProcessStartInfo("unshare", ["--user", "cat"]) { RedirectStandardInput = true })!;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (new FileInfo($"/proc/{holder.Id}/ns/user").LinkTarget == new FileInfo("/proc/self/ns/user").LinkTarget) patience.Token.ThrowIfCancellationRequested();
        foreach (var map in (string[])["uid_map", "gid_map"]) File.WriteAllText($"/proc/{holder.Id}/{map}", $"0 {First} 65536");
    }

    [TearDown]
    public void Clear()
    {
        while (Kernel.Unmount(Path.Combine(place.FullName, "target"))) { }
        holder.StandardInput.Close();
        holder.WaitForExit();
        holder.Dispose();
        place.Delete(recursive: true);
    }

    [TestCase("upper,lower", "both of-root of-seven", "both=upper:132072 of-root=upper:131072 of-seven=lower:131079")]
    [TestCase("upper", "both of-root", "both=upper:132072 of-root=upper:131072")]
    public void What_is_roots_in_an_image_is_the_pods_roots(string layers, string files, string wanted)
    {
        var target = Path.Combine(place.FullName, "target");
        ImageVolumes.Mount([.. layers.Split(',').Select(l => Path.Combine(place.FullName, l))], target, $"/proc/{holder.Id}/ns/user");
        Assert.That(Directory.GetFiles(target).Select(Path.GetFileName).Order(StringComparer.Ordinal), Is.EqualTo(files.Split(' ')));
        Assert.That(string.Join(' ', files.Split(' ').Select(f => $"{f}={File.ReadAllText(Path.Combine(target, f))}:{Kernel.Look(Path.Combine(target, f))!.Value.Owner}")), Is.EqualTo(wanted));
        Assert.That(() => File.WriteAllText(Path.Combine(target, "new"), ""), Throws.InstanceOf<IOException>());
        Assert.That(place.GetDirectories().Select(d => d.Name), Is.EquivalentTo((string[])["upper", "lower", "target"]), "nothing else is left");
    }
}
