using MiniKube.Machinery;

namespace MiniKube.Kinds.Certificates;

internal static class CertificatesTables
{
    public static readonly IReadOnlyList<Column> CertificateSigningRequest =
    [
        Cells.Name, Cells.Age,
        Cells.Text("SignerName", c => c.Spec().Text("signerName").Or(Cells.None)),
        Cells.Text("Requestor", c => c.Spec().Text("username") ?? ""),
        Cells.Text("RequestedDuration", c => c.Spec().Whole("expirationSeconds") is { } seconds ? Ages.Human(TimeSpan.FromSeconds(seconds)) : Cells.None),
        Cells.Text("Condition", Condition),
    ];

    public static readonly IReadOnlyList<SelectableField> Fields = [Cells.Field("spec.signerName")];

    private static string Condition(JsonMap csr)
    {
        var types = csr.Status().Maps("conditions").Select(c => c.Text("type")).ToHashSet();
        var word = types.Contains("Denied") ? "Denied" : types.Contains("Approved") ? "Approved" : "Pending";
        if (types.Contains("Failed")) word += ",Failed";
        return csr.Status().Text("certificate") is { Length: > 0 } ? word + ",Issued" : word;
    }
}
