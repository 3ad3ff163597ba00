using System.Globalization;

namespace MiniKube.Machinery;

/// <summary>Values as upstream's messages show them: Go's %v of decoded JSON.</summary>
public static class GoText
{
    public static string Of(Json? value) => value switch
    {
        null or JsonNull => "<nil>",
        JsonText t => t.Value,
        JsonBool b => b.Value ? "true" : "false",
        JsonNumber { IsWhole: true } n => n.Whole.ToString(CultureInfo.InvariantCulture),
        JsonNumber n => n.Real.ToString("R", CultureInfo.InvariantCulture),
        JsonMap m => $"map[{string.Join(" ", m.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => $"{p.Key}:{Of(p.Value)}"))}]",
        JsonList l => $"[{string.Join(" ", l.Select(Of))}]",
        _ => "",
    };

    /// <summary>The word Go's JSON decoder uses for the type.</summary>
    public static string TypeOf(Json? value) => value switch
    {
        JsonText => "string",
        JsonBool => "bool",
        JsonNumber => "number",
        JsonMap => "object",
        JsonList => "array",
        _ => "null",
    };
}
