using MiniKube.Machinery;

namespace MiniKube.Kinds.Admission;

internal static class AdmissionKinds
{
    public static IEnumerable<Kind> All() =>
    [
        KindDeclaration.Of<ValidatingAdmissionPolicy>() with { Hooks = PolicyHooks.Validating, Columns = AdmissionTables.Validating },
        KindDeclaration.Of<ValidatingAdmissionPolicyBinding>() with
        {
            Hooks = PolicyHooks.ValidatingBinding, Columns = AdmissionTables.Binding,
        },
        KindDeclaration.Of<MutatingAdmissionPolicy>() with { Hooks = PolicyHooks.Mutating, Columns = AdmissionTables.Mutating },
        KindDeclaration.Of<MutatingAdmissionPolicyBinding>() with
        {
            Hooks = PolicyHooks.MutatingBinding, Columns = AdmissionTables.Binding,
        },
        KindDeclaration.Of<ValidatingWebhookConfiguration>() with { Hooks = WebhookHooks.All, Columns = AdmissionTables.Webhooks },
        KindDeclaration.Of<MutatingWebhookConfiguration>() with { Hooks = WebhookHooks.All, Columns = AdmissionTables.Webhooks },
    ];
}
