using System.Globalization;
using System.Numerics;

namespace MiniKube.Machinery;

/// <summary>Text to quantity, accepting exactly what upstream accepts.</summary>
internal static class QuantityReader
{
    public const string WrongFormat =
        "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
    public const string WrongNumber = "unable to parse numeric part of quantity";
    public const string WrongSuffix = "unable to parse quantity's suffix";

    /// <summary>An exponent beyond this says nothing about any machine and would only cost memory.</summary>
    private const int ExponentLimit = 4096;

    /// <summary>More digits than this leave the short path upstream keeps the original spelling on.</summary>
    private const int ShortDigits = 18;

    private static readonly BigInteger MostBinary = long.MaxValue;

    public static bool Read(string raw, out Quantity quantity, out string error)
    {
        quantity = default;
        error = "";
        var text = raw.AsSpan().Trim();
        if (text.IsEmpty) return Fail(WrongFormat, out error);
        if (text is "0")
        {
            quantity = Quantity.Zero;
            return true;
        }

        var at = text[0] is '+' or '-' ? 1 : 0;
        var negative = text[0] == '-';
        while (at < text.Length && text[at] == '0') at++;
        var whole = Digits(text[at..]);
        at += whole.Length;
        ReadOnlySpan<char> fraction = [];
        if (at < text.Length && text[at] == '.')
        {
            at++;
            fraction = Digits(text[at..]);
            at += fraction.Length;
        }
        var suffix = text[at..];
        if (!LooksLikeSuffix(suffix)) return Fail(WrongFormat, out error);
        if (!Interpret(suffix, out var isBinary, out var exponent, out var form)) return Fail(WrongSuffix, out error);

        var digits = string.Concat(whole.IsEmpty ? "0" : whole, fraction);
        var mantissa = BigInteger.Parse(digits, CultureInfo.InvariantCulture);
        if (mantissa.IsZero)
        {
            quantity = new(BigInteger.Zero, form);
            return true;
        }
        if (Math.Abs(exponent) > ExponentLimit || digits.Length > ExponentLimit) return Fail(WrongNumber, out error);

        var scale = (isBinary ? 0 : exponent) - fraction.Length;
        var nano = Scale(isBinary ? mantissa << exponent : mantissa, scale + 9);
        if (isBinary && nano > MostBinary * Quantity.One) nano = MostBinary * Quantity.One;
        if (isBinary && nano < Quantity.One) form = Quantity.Notation.DecimalSuffix;
        var kept = isBinary
            ? fraction.IsEmpty && 15 - Math.Max(1, whole.Length) - (int)(exponent * 3f / 10) - 1 >= 0 && !(mantissa % 8).IsZero
            : digits.Length <= ShortDigits && scale >= -9 && scale % 3 == 0 && digits[0] != '0' && !digits.EndsWith("000", StringComparison.Ordinal);
        quantity = new(negative ? -nano : nano, form, kept ? text.ToString() : null);
        return true;
    }

    private static bool Fail(string why, out string error)
    {
        error = why;
        return false;
    }

    private static ReadOnlySpan<char> Digits(ReadOnlySpan<char> text)
    {
        var end = text.IndexOfAnyExceptInRange('0', '9');
        return end < 0 ? text : text[..end];
    }

    private static bool LooksLikeSuffix(ReadOnlySpan<char> suffix)
    {
        var at = 0;
        while (at < suffix.Length && "eEinumkKMGTP".Contains(suffix[at])) at++;
        if (at < suffix.Length && suffix[at] is '+' or '-') at++;
        while (at < suffix.Length && char.IsAsciiDigit(suffix[at])) at++;
        return at == suffix.Length;
    }

    private static bool Interpret(ReadOnlySpan<char> suffix, out bool binary, out int exponent, out Quantity.Notation form)
    {
        (binary, exponent, form) = suffix switch
        {
            "" => (false, 0, Quantity.Notation.DecimalSuffix),
            "n" => (false, -9, Quantity.Notation.DecimalSuffix),
            "u" => (false, -6, Quantity.Notation.DecimalSuffix),
            "m" => (false, -3, Quantity.Notation.DecimalSuffix),
            "k" => (false, 3, Quantity.Notation.DecimalSuffix),
            "M" => (false, 6, Quantity.Notation.DecimalSuffix),
            "G" => (false, 9, Quantity.Notation.DecimalSuffix),
            "T" => (false, 12, Quantity.Notation.DecimalSuffix),
            "P" => (false, 15, Quantity.Notation.DecimalSuffix),
            "E" => (false, 18, Quantity.Notation.DecimalSuffix),
            "Ki" => (true, 10, Quantity.Notation.BinarySuffix),
            "Mi" => (true, 20, Quantity.Notation.BinarySuffix),
            "Gi" => (true, 30, Quantity.Notation.BinarySuffix),
            "Ti" => (true, 40, Quantity.Notation.BinarySuffix),
            "Pi" => (true, 50, Quantity.Notation.BinarySuffix),
            "Ei" => (true, 60, Quantity.Notation.BinarySuffix),
            _ => (false, int.MinValue, Quantity.Notation.Exponent),
        };
        if (exponent != int.MinValue) return true;
        return suffix[0] is 'e' or 'E'
            && int.TryParse(suffix[1..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent);
    }

    /// <summary>value × 10^power, rounded up to a whole number.</summary>
    private static BigInteger Scale(BigInteger value, int power)
    {
        if (power >= 0) return value * BigInteger.Pow(10, power);
        var (quotient, rest) = BigInteger.DivRem(value, BigInteger.Pow(10, -power));
        return rest.IsZero ? quotient : quotient + 1;
    }
}
