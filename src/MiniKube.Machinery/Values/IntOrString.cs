using System.Globalization;
using System.Text.Json.Serialization;

namespace MiniKube.Machinery;

/// <summary>A number or a text: a port or its name, a count or a percentage.</summary>
[JsonConverter(typeof(IntOrStringJson))]
public readonly record struct IntOrString
{
    private IntOrString(int? number, string? text)
    {
        Number = number;
        Text = text;
    }

    public int? Number { get; }
    public string? Text { get; }

    public static implicit operator IntOrString(int value) => new(value, null);
    public static implicit operator IntOrString(string value) => new(null, value);

    public static IntOrString? From(Json? value) => value switch
    {
        JsonNumber { IsWhole: true } n => (int)Math.Clamp(n.Whole, int.MinValue, int.MaxValue),
        JsonText t => t.Value,
        _ => null,
    };

    /// <summary>The percentage of "25%", or null.</summary>
    public int? Percent =>
        Text is [.. var digits, '%'] && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var percent) ? percent : null;

    /// <summary>The count itself, or the percentage of a total; null for a text that is no percentage.</summary>
    public int? Of(int total, bool roundUp) =>
        Number ?? (Percent is { } percent ? (int)((percent * (long)total + (roundUp ? 99 : 0)) / 100) : null);

    public Json ToTree() => Number is { } number ? number : Text ?? "";

    public override string ToString() => Number?.ToString(CultureInfo.InvariantCulture) ?? Text ?? "0";
}
