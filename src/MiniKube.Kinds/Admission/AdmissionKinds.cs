using MiniKube.Machinery;

namespace MiniKube.Kinds.Admission;

internal static class AdmissionKinds
{
    public static IEnumerable<Kind> All() =>
    [
        KindDeclaration.Of<ValidatingAdmissionPolicy>(),
        KindDeclaration.Of<ValidatingAdmissionPolicyBinding>(),
        KindDeclaration.Of<MutatingAdmissionPolicy>(),
        KindDeclaration.Of<MutatingAdmissionPolicyBinding>(),
        KindDeclaration.Of<ValidatingWebhookConfiguration>(),
        KindDeclaration.Of<MutatingWebhookConfiguration>(),
    ];
}
