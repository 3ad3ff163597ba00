using MiniKube.ControlLoop;
using MiniKube.Controllers;
using MiniKube.Engines.Simulated;
using MiniKube.Kinds.Storage;
using MiniKube.Machinery;

namespace MiniKube.Host;

/// <summary>Claims that name no class get a directory of their pod's node.</summary>
internal static class LocalStorage
{
    public static bool IsOn(ServerSettings settings) => !settings.Disable.Contains("local-storage");

    public static LocalVolumes? Of(ServerSettings settings) => IsOn(settings)
        ? new(settings.LocalStoragePath ?? Path.Combine(settings.DataDir, "storage"), new HostDirectories(settings.NodeName, new(settings.SimulateNodes)))
        : null;

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

    /// <summary>This machine's disk. Nodes that only pretend to be have none.</summary>
    private sealed class HostDirectories(string self, SimulatedFleet fleet) : ILocalDirectories
    {
        public async ValueTask<string?> Clear(string node, string directory, CancellationToken cancel)
        {
            if (fleet.Has(node)) return null;
            if (node != self) return $"{directory} is on node {node}, which has to clear it away itself";
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
    }
}
