using System.Security.Cryptography.X509Certificates;

namespace MiniKube.Server.Pki;

/// <summary>Common name and organizations of a subject.</summary>
public static class DistinguishedNames
{
    public static (string CommonName, IReadOnlyList<string> Organizations) Of(X500DistinguishedName subject)
    {
        var commonName = "";
        var organizations = new List<string>();
        foreach (var part in subject.EnumerateRelativeDistinguishedNames(reversed: false))
        {
            if (part.HasMultipleElements) continue;
            var type = part.GetSingleElementType().Value;
            if (type == "2.5.4.3") commonName = part.GetSingleElementValue() ?? "";
            else if (type == "2.5.4.10" && part.GetSingleElementValue() is { } organization) organizations.Add(organization);
        }
        return (commonName, organizations);
    }
}
