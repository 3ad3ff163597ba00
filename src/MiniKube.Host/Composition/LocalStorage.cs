using MiniKube.ControlLoop;
using MiniKube.Controllers;
using MiniKube.Engines.Simulated;
using MiniKube.Kinds.Storage;
using MiniKube.Machinery;
using MiniKube.Server.Streams;

namespace MiniKube.Host;

/// <summary>Claims that name no class get a directory of their pod's node.</summary>
internal static class LocalStorage
{
    public static bool IsOn(NodeSettings settings) => !settings.Disable.Contains("local-storage");

    public static LocalVolumes? Of(ServerSettings settings, NodeDoors doors) => IsOn(settings)
        ? new(Root(settings), new HostDirectories(settings.NodeName, new(settings.SimulateNodes), doors))
        : null;

    /// <summary>Where the directories are, on every node, unless a class says otherwise.</summary>
    public static string Root(NodeSettings settings) => settings.LocalStoragePath ?? Path.Combine(settings.DataDir, "storage");

    /// <summary>Made at a start that finds none; whoever changes or marks it otherwise keeps what he made of it.</summary>
    public static async Task EnsureClass(ControlPlane plane, TimeProvider time, ConsoleLog log, CancellationToken cancel)
    {
        var api = plane.ApiFor(Identities.OfController(LocalPath.Account), LocalPath.Account);
        while (true)
        {
            var made = await api.Create(Resources.RefOf<StorageClass>(), null, JsonWriter.ToUtf8(new JsonMap
            {
                { "apiVersion", "storage.k8s.io/v1" }, { "kind", "StorageClass" },
                { "metadata", new JsonMap { { "name", LocalPath.ClassName }, { "annotations", new JsonMap { { "storageclass.kubernetes.io/is-default-class", "true" } } } } },
                { "provisioner", LocalPath.Provisioner }, { "reclaimPolicy", "Delete" }, { "volumeBindingMode", "WaitForFirstConsumer" }, { "allowVolumeExpansion", true },
            }), cancel: cancel);
            if (made.Ok || made.Error!.Reason == "AlreadyExists") return;
            log.Warn($"storage class {LocalPath.ClassName}: {made.Error.Message}");
            await Task.Delay(TimeSpan.FromSeconds(5), time, cancel);
        }
    }

    /// <summary>What of a volume is on this machine's disk, gone; why not, or null.</summary>
    public static async Task<string?> Clear(string directory, CancellationToken cancel)
    {
        if (!Directory.Exists(directory)) return null;
        try
        {
            await Task.Run(() => Directory.Delete(directory, recursive: true), cancel);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"failed to clean up {directory}: {e.Message}";
        }
    }

    /// <summary>A directory is cleared away by the node it is on. Nodes that only pretend to be have none.</summary>
    private sealed class HostDirectories(string self, SimulatedFleet fleet, NodeDoors doors) : ILocalDirectories
    {
        public async ValueTask<string?> Clear(string node, string directory, CancellationToken cancel) =>
            fleet.Has(node) ? null : node == self ? await LocalStorage.Clear(directory, cancel)
            : doors.Of(node) is { } door ? await door.Clear(directory, cancel) : $"{directory} is on node {node}, which isn't connected";
    }
}
