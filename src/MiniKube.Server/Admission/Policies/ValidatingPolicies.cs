using MiniKube.Machinery;
using MiniKube.Store;

namespace MiniKube.Server;

/// <summary>ValidatingAdmissionPolicies: what people wrote down about what may be stored here.</summary>
internal sealed class ValidatingPolicies(IStateStore store, Authorizer authorizer) : IConnectionAdmission
{
    private const string Failures = "validation.policy.admission.k8s.io/validation_failure";

    private readonly Derived<IReadOnlyList<ValidatingPolicy>> policies = new(store, ValidatingPolicy.Collections, ValidatingPolicy.All);

    public ValueTask<ApiError?> Admit(ServerContext server, AdmissionRequest request) => ValueTask.FromResult(
        // Nobody can lock himself out of his own policies.
        policies.Value is { Count: > 0 } all && request.Kind.Group != AdmissionPolicy.Group ? Judge(server, request, all) : null);

    private ApiError? Judge(ServerContext server, AdmissionRequest request, IReadOnlyList<ValidatingPolicy> all)
    {
        ApiError? refusal = null;
        var recorded = new JsonList();
        foreach (var (policy, binding, _, values, fault) in PolicyRounds.Of(server, request, all, authorizer))
        {
            if (fault is not null)
            {
                refusal ??= Refused(request, policy, binding, new(fault, "Invalid", -1));
                continue;
            }
            var (findings, annotations) = policy.Judge(values);
            foreach (var finding in findings)
            {
                if (binding.Denies) refusal ??= Refused(request, policy, binding, finding);
                if (binding.Warns) Warn(request, $"Validation failed for ValidatingAdmissionPolicy '{policy.Name}' with binding '{binding.Name}': {finding.Message}");
                if (binding.Audits) recorded.Add(Record(policy, binding, finding));
            }
            Annotate(request, annotations);
        }
        if (recorded.Count > 0 && request.Annotations is { } told) told[Failures] = recorded.ToString();
        return refusal;
    }

    private static void Warn(AdmissionRequest request, string warning)
    {
        if (!request.Warnings.Contains(warning)) request.Warnings.Add(warning);
    }

    private static void Annotate(AdmissionRequest request, IReadOnlyList<(string Key, string Value)> annotations)
    {
        if (request.Annotations is not { } told) return;
        foreach (var (key, value) in annotations)
            if (!told.TryGetValue(key, out var before)) told[key] = value;
            else if (!before.Split(", ").Contains(value)) told[key] = $"{before}, {value}";
    }

    private static JsonMap Record(ValidatingPolicy policy, PolicyBinding binding, PolicyFinding finding) => new()
    {
        { "message", finding.Message }, { "policy", policy.Name }, { "binding", binding.Name }, { "expressionIndex", finding.Index },
        { "validationActions", new JsonList(binding.Actions.Select(a => (Json)a)) },
    };

    private static ApiError Refused(AdmissionRequest request, ValidatingPolicy policy, PolicyBinding binding, PolicyFinding finding)
    {
        var message = $"ValidatingAdmissionPolicy '{policy.Name}' with binding '{binding.Name}' denied request: {finding.Message}";
        return ApiError.Forbidden(request.Kind.Group, request.Kind.Plural, request.Name, message) with
        {
            Reason = finding.Reason,
            Causes = [new FieldError("", FieldFault.Internal, message)],
            Code = finding.Reason switch { "Unauthorized" => 401, "Forbidden" => 403, "RequestEntityTooLarge" => 413, _ => 422 },
        };
    }
}
