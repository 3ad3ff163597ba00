using MiniKube.ControlLoop;

namespace MiniKube.Controllers;

/// <summary>Every controller on one screen.</summary>
public static class ControllerCatalog
{
    public static IReadOnlyList<Controller> All(Caches caches, Func<string, IApi> identity, ControllerOptions options)
    {
        var resources = new KnownResources(caches);
        return
        [
            new ReplicaSetController(caches),
            new DeploymentController(caches),
            new EndpointsController(caches),
            new EndpointSliceController(caches),
            new EndpointSliceMirroringController(caches),
            new ServiceAccountController(caches),
            .. options.RootCertificate is { } certificate ? [new RootCertificatePublisher(caches, certificate)] : Array.Empty<Controller>(),
            new NamespaceController(caches, resources, identity("namespace-controller")),
            new GarbageCollector(caches, resources, identity("generic-garbage-collector")),
        ];
    }
}
