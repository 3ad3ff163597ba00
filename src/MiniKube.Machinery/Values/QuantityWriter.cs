using System.Globalization;
using System.Numerics;

namespace MiniKube.Machinery;

/// <summary>
/// The canonical form: no fraction, no lost precision, the largest suffix that fits, in the notation it was written in.
/// </summary>
internal static class QuantityWriter
{
    private static readonly string[] Decimal = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
    private static readonly string[] Binary = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

    public static string Canonical(BigInteger nano, Quantity.Notation form)
    {
        if (nano.IsZero) return "0";
        if (form == Quantity.Notation.BinarySuffix)
        {
            var units = BigInteger.DivRem(nano, Quantity.One, out var rest);
            if (rest.IsZero && BigInteger.Abs(units) >= 1024) return InBinary(units);
            form = Quantity.Notation.DecimalSuffix;
        }
        return InDecimal(nano, form);
    }

    private static string InBinary(BigInteger units)
    {
        var step = 0;
        while (step < Binary.Length - 1 && (units % 1024).IsZero)
        {
            units /= 1024;
            step++;
        }
        return units.ToString(CultureInfo.InvariantCulture) + Binary[step];
    }

    private static string InDecimal(BigInteger nano, Quantity.Notation form)
    {
        var exponent = -9;
        while ((nano % 1000).IsZero)
        {
            nano /= 1000;
            exponent += 3;
        }
        var number = nano.ToString(CultureInfo.InvariantCulture);
        if (exponent == 0) return number;
        return form == Quantity.Notation.DecimalSuffix && exponent <= 18
            ? number + Decimal[exponent / 3 + 3]
            : $"{number}e{exponent.ToString(CultureInfo.InvariantCulture)}";
    }
}
