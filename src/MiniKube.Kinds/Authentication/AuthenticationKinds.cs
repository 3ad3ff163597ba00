using MiniKube.Machinery;

namespace MiniKube.Kinds.Authentication;

internal static class AuthenticationKinds
{
    public static IEnumerable<Kind> All() =>
    [
        KindDeclaration.Of<TokenReview>(),
        KindDeclaration.Of<SelfSubjectReview>(),
    ];
}
