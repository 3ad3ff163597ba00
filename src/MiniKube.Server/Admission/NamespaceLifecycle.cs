using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>Nothing is created in a namespace that isn't there or is going; the namespaces every cluster needs stay.</summary>
internal sealed class NamespaceLifecycle : IAdmission
{
    private static readonly string[] Immortal = ["default", "kube-system", "kube-public"];

    public ValueTask<ApiError?> Admit(ServerContext server, AdmissionRequest request) => ValueTask.FromResult(Check(server, request));

    private static ApiError? Check(ServerContext server, AdmissionRequest request)
    {
        if (request.Operation == AdmissionOperation.Delete && request.Is("", "namespaces") && Immortal.Contains(request.Name))
            return ApiError.Forbidden("", "namespaces", request.Name, "this namespace may not be deleted");
        if (request.Operation != AdmissionOperation.Create || !request.Kind.Namespaced) return null;
        var ns = server.Peek("namespaces", "", request.Namespace);
        if (ns is null) return ApiError.NotFound("", "namespaces", request.Namespace);
        if (ns.Map("metadata")!.Has("deletionTimestamp") || ns.Map("status")?.Text("phase") == "Terminating")
        {
            return ApiError.Forbidden(request.Kind.Group, request.Kind.Plural, request.Name,
                $"unable to create new content in namespace {request.Namespace} because it is being terminated") with
            {
                Causes = [new FieldError("metadata.namespace", FieldFault.NamespaceTerminating, $"namespace {request.Namespace} is being terminated")],
            };
        }
        return null;
    }
}
