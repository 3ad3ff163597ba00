using MiniKube.Machinery;

namespace MiniKube.Kinds.Certificates;

internal static class CertificatesKinds
{
    public static IEnumerable<Kind> All() =>
    [
        KindDeclaration.Of<CertificateSigningRequest>() with
        {
            Hooks = CertificateSigningRequestHooks.All, Columns = CertificatesTables.CertificateSigningRequest, SelectableFields = CertificatesTables.Fields,
        },
    ];
}
