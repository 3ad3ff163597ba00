using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>PersistentVolumeClaimResize: a claim grows once it is bound, and only where its storage class says that volumes can.</summary>
internal sealed class ClaimResize : IAdmission
{
    public ValueTask<ApiError?> Admit(ServerContext server, AdmissionRequest request) => ValueTask.FromResult(Check(server, request));

    private static ApiError? Check(ServerContext server, AdmissionRequest request)
    {
        if (!request.Is("", "persistentvolumeclaims") || request is not { Operation: AdmissionOperation.Update, Subresource: "" }) return null;
        var (now, before) = (Size(request.Object), Size(request.Old));
        if (now is null || before is null || Quantity.Parse(now) <= Quantity.Parse(before)) return null;
        if (request.Old?.Map("status")?.Text("phase") != "Bound") return Refused(request, "Only bound persistent volume claims can be expanded");
        var (name, was) = (Class(request.Object), Class(request.Old));
        var grows = name is { Length: > 0 } && name == was && server.Peek("storageclasses.storage.k8s.io", "", name)?.Bool("allowVolumeExpansion") == true;
        return grows ? null : Refused(request, "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize");
    }

    private static Json? Size(JsonMap? claim) => claim?.Map("spec")?.Map("resources")?.Map("requests")?["storage"];

    /// <summary>The annotation was there before the field and counts before it.</summary>
    private static string? Class(JsonMap? claim) => claim?.Map("metadata")?.Map("annotations")?.Text("volume.beta.kubernetes.io/storage-class") ?? claim?.Map("spec")?.Text("storageClassName");

    private static ApiError Refused(AdmissionRequest request, string why) => ApiError.Forbidden("", "persistentvolumeclaims", request.Name, why);
}
