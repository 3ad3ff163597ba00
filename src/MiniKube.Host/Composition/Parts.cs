using MiniKube.Controllers;
using MiniKube.Engines.Simulated;

namespace MiniKube.Host;

/// <summary>What runs beside the API server, on one screen. Each part sees the cluster only through its API client.</summary>
internal static class Parts
{
    public static IEnumerable<(string Name, Func<CancellationToken, Task> Run)> Of(ServerSettings settings, ControlPlane plane, TimeProvider time, ConsoleLog log)
    {
        yield return ("controllers and scheduler", cancel => Loops.Run(plane.Server.Api, time, log,
            new ControllerOptions { RootCertificate = () => plane.Pki.AuthorityPem, Network = new(settings.ClusterCidr), Signer = new ClusterSigner(plane.Pki, time), Tokens = new LegacyTokenMint(plane.Server.Tokens), LocalVolumes = LocalStorage.Of(settings, plane.Server.Nodes) }, new SimulatedFleet(settings.SimulateNodes), settings.Scheduling, caches => plane.KeptWhole = caches.KeepsAll, cancel));
        yield return ("server upkeep", plane.Server.Run);
        if (LocalStorage.IsOn(settings)) yield return ("storage class", cancel => LocalStorage.EnsureClass(plane, time, log, cancel));
        if (!settings.Disable.Contains("ingress")) yield return ("ingress class", cancel => IngressParts.EnsureClass(plane, time, log, cancel));
        yield return ("node", cancel => AgentParts.Run(settings, new OwnNodeLink(plane, settings.NodeName, time), time, log, cancel));
        yield return ("memory return", cancel => MemoryReturn.Run(time, cancel));
        yield return ("address watch", cancel => AddressWatch.Run(plane, time, log, cancel));
        if (settings.Snapshots is { } snapshots) yield return ("snapshots", cancel => SnapshotSchedule.Run(snapshots, plane, settings.DataDir, time, log, cancel));
        yield return ("certificate renewal", cancel => CertificateRenewal.Run(plane, time, log, cancel));
    }
}
