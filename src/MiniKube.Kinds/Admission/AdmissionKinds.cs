using MiniKube.Machinery;

namespace MiniKube.Kinds.Admission;

internal static class AdmissionKinds
{
    public static IEnumerable<Kind> All() =>
    [
        KindDeclaration.Of<ValidatingAdmissionPolicy>() with { Hooks = PolicyHooks.Validating },
        KindDeclaration.Of<ValidatingAdmissionPolicyBinding>() with { Hooks = PolicyHooks.ValidatingBinding },
        KindDeclaration.Of<MutatingAdmissionPolicy>() with { Hooks = PolicyHooks.Mutating },
        KindDeclaration.Of<MutatingAdmissionPolicyBinding>() with { Hooks = PolicyHooks.MutatingBinding },
        KindDeclaration.Of<ValidatingWebhookConfiguration>() with { Hooks = WebhookHooks.All },
        KindDeclaration.Of<MutatingWebhookConfiguration>() with { Hooks = WebhookHooks.All },
    ];
}
