using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>A definition is not gone before its instances are: it is held from the moment somebody wants it deleted.</summary>
internal sealed class CustomResourceCleanup : IAdmission
{
    public ValueTask<ApiError?> Admit(ServerContext server, AdmissionRequest request)
    {
        if (request.Is("apiextensions.k8s.io", "customresourcedefinitions") && request is { Operation: AdmissionOperation.Create, Object: { } definition })
            definition.MapOrNew("metadata").ListOrNew("finalizers").Add(DefinitionPlan.Finalizer);
        return ValueTask.FromResult<ApiError?>(null);
    }
}
