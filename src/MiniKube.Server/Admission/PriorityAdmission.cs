using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>Turns a pod's priority class name into its number and pre-emption policy.</summary>
internal sealed class PriorityAdmission : IAdmission
{
    private const string Classes = "priorityclasses.scheduling.k8s.io";

    public ValueTask<ApiError?> Admit(ServerContext server, AdmissionRequest request) => ValueTask.FromResult(Resolve(server, request));

    private static ApiError? Resolve(ServerContext server, AdmissionRequest request)
    {
        if (!request.Is("", "pods") || request.Operation != AdmissionOperation.Create || request.Subresource.Length > 0) return null;
        var spec = request.Object!.MapOrNew("spec");
        var name = spec.Text("priorityClassName") ?? "";
        JsonMap? chosen;
        if (name.Length > 0)
        {
            chosen = server.Peek(Classes, "", name);
            if (chosen is null) return ApiError.Forbidden("", "pods", request.Name, $"no PriorityClass with name {name} was found");
        }
        else
        {
            chosen = server.Store.Snapshot().List(Classes).Select(ObjectCodec.Kept)
                .Where(c => c.Bool("globalDefault") == true).MinBy(c => c.Whole("value") ?? 0);
            if (chosen is not null) spec.Set("priorityClassName", chosen.Map("metadata")!["name"]!);
        }
        var value = chosen?.Whole("value") ?? 0;
        var policy = chosen?.Text("preemptionPolicy") ?? "PreemptLowerPriority";
        if (spec.Whole("priority") is { } asked && asked != value)
            return ApiError.Forbidden("", "pods", request.Name, $"the integer value of priority ({asked}) must not be provided in pod spec; priority admission controller computed {value} from the given PriorityClass name");
        if (spec.Text("preemptionPolicy") is { } wanted && wanted != policy)
            return ApiError.Forbidden("", "pods", request.Name, $"the string value of PreemptionPolicy ({wanted}) must not be provided in pod spec; priority admission controller computed {policy} from the given PriorityClass name");
        spec.Set("priority", value);
        spec.Set("preemptionPolicy", policy);
        return null;
    }
}
