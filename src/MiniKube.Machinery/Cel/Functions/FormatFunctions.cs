namespace MiniKube.Machinery.Cel.Functions;

/// <summary>A named format, asked with validate(): no value when the text has it, otherwise the complaints.</summary>
public sealed record CelFormat(string Name, Func<string, IEnumerable<string>> Rule);

internal static class FormatFunctions
{
    private static readonly CelFormat[] Known =
    [
        new("dns1123Label", NameRules.DnsLabel),
        new("dns1123Subdomain", NameRules.DnsSubdomain),
        new("dns1035Label", NameRules.Dns1035Label),
        new("qualifiedName", LabelRules.Key),
        new("dns1123LabelPrefix", s => NameRules.DnsLabel(NameRules.WithoutTrailingDash(s))),
        new("dns1123SubdomainPrefix", s => NameRules.DnsSubdomain(NameRules.WithoutTrailingDash(s))),
        new("dns1035LabelPrefix", s => NameRules.Dns1035Label(NameRules.WithoutTrailingDash(s))),
        new("labelValue", LabelRules.ValueFaults),
        new("uri", s => Formats.Fits("uri", s) ? [] : ["invalid URI"]),
        new("uuid", s => Formats.Fits("uuid", s) ? [] : ["does not match the UUID format"]),
        new("byte", s => Formats.Fits("byte", s) ? [] : ["invalid base64"]),
        new("date", s => Formats.Fits("date", s) ? [] : ["invalid date"]),
        new("datetime", s => Formats.Fits("datetime", s) ? [] : ["invalid datetime"]),
    ];

    public static IEnumerable<(string, CelFunction)> All =>
    [
        .. Known.Select(f => ($"format.{f.Name}", (CelFunction)(a => a.Length == 0 ? f : CelLibrary.NotMine))),
        ("format.named", a => a is [string name] ? Array.Find(Known, f => f.Name == name) is { } found ? CelOptional.Of(found) : CelOptional.None : CelLibrary.NotMine),
        ("validate", a => a is [CelFormat f, string s] ? f.Rule(s).Select(m => (object?)m).ToArray() is { Length: > 0 } faults ? CelOptional.Of(faults) : CelOptional.None : CelLibrary.NotMine),
    ];
}
