using System.Globalization;
using MiniKube.Machinery;

namespace MiniKube.Kubelet.Eviction;

/// <summary>An amount, or a part of what there is.</summary>
public sealed record Portion(Quantity? Amount, double? Part)
{
    public Quantity Of(long capacity) => Amount ?? Quantity.Of((long)(capacity * Part!.Value), Quantity.Notation.BinarySuffix);

    public override string ToString() => Amount?.ToString() ?? string.Create(CultureInfo.InvariantCulture, $"{Part * 100:0.##}%");

    /// <summary>"100Mi" or "10%"; a portion of nothing is none.</summary>
    public static (Portion? Portion, string? Fault) Parse(string text)
    {
        if (text.EndsWith('%'))
        {
            if (!double.TryParse(text[..^1], NumberStyles.Float, CultureInfo.InvariantCulture, out var percent) || percent is < 0 or > 100) return (null, $"{text}: must be a percentage from 0% to 100%");
            return percent > 0 ? (new(null, percent / 100), null) : (null, null);
        }
        return Quantity.TryParse(text, out var amount, out _) && amount.Sign >= 0 ? (new(amount, null), null) : (null, $"{text}: must be an amount such as 100Mi, or a percentage");
    }
}
