using MiniKube.Machinery;

namespace MiniKube.Kinds.Authorization;

internal static class AuthorizationKinds
{
    public static IEnumerable<Kind> All() =>
    [
        KindDeclaration.Of<SubjectAccessReview>(),
        KindDeclaration.Of<LocalSubjectAccessReview>(),
        KindDeclaration.Of<SelfSubjectAccessReview>(),
        KindDeclaration.Of<SelfSubjectRulesReview>(),
    ];
}
