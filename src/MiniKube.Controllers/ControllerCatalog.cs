using MiniKube.ControlLoop;

namespace MiniKube.Controllers;

/// <summary>Every controller on one screen.</summary>
public static class ControllerCatalog
{
    public static IReadOnlyList<Controller> All(Caches caches, Func<string, IApi> identity, ControllerOptions options)
    {
        var resources = new KnownResources(caches);
        var all = new List<Controller>
        {
            new ReplicaSetController(caches),
            new ReplicationControllerController(caches),
            new DeploymentController(caches),
            new StatefulSetController(caches),
            new DaemonSetController(caches),
            new JobController(caches),
            new OrphanedJobPods(caches),
            new CronJobController(caches),
            new TtlAfterFinishedController(caches),

            new EndpointsController(caches),
            new EndpointSliceController(caches),
            new EndpointSliceMirroringController(caches),

            new NodeLifecycleController(caches),
            new TaintEvictionController(caches),
            new AutoscalerController(caches, resources, identity("horizontal-pod-autoscaler")),
            new PodGarbageController(caches, options.MostTerminatedPods),
            new DisruptionController(caches, resources, identity("disruption-controller")),
            new StaleDisruptionController(caches),

            new NamespaceController(caches, resources, identity("namespace-controller")),
            new ResourceQuotaController(caches, resources, identity("resourcequota-controller")),
            new ServiceAccountController(caches),
            new ClusterRoleAggregationController(caches),
            new FlowSchemaController(caches),
            new PolicyStatusController(caches),
            new PersistentVolumeController(caches, identity("persistent-volume-binder")),
            new EphemeralClaimController(caches),
            new ClaimGrowthController(caches),
            new ClaimProtectionController(caches),
            new VolumeProtectionController(caches),
            new CsrApprovingController(caches),
            new CsrCleanerController(caches),
            new BootstrapSignerController(caches),
            new TokenCleanerController(caches),
        };
        if (options.LocalVolumes is var (directory, directories)) all.AddRange([new LocalPathController(caches, directory), new LocalPathRemoval(caches, directories)]);
        if (options.Network is { } network) all.Add(new NodeIpamController(caches, network));
        if (options.Signer is { } signer) all.Add(new CsrSigningController(caches, signer));
        if (options.RootCertificate is { } certificate)
        {
            all.Add(new RootCertificatePublisher(caches, certificate));
            if (options.Tokens is { } mint) all.Add(new TokenSecretController(caches, mint, certificate));
        }
        // Last, so that it shares the views that the others have of what they watch.
        all.Add(new GarbageCollector(caches, resources, identity("generic-garbage-collector")));
        return all;
    }
}
