using System.Numerics;
using System.Text.Json.Serialization;

namespace MiniKube.Machinery;

/// <summary>
/// An exact amount of a resource ("500m", "1Gi", "12e6"). It is kept in billionths, the finest step there is; anything
/// finer is rounded away from zero when it is read. <see cref="ToString"/> is upstream's canonical form, except for the
/// spellings that upstream leaves as they were written ("010", "+1", "1E3").
/// </summary>
[JsonConverter(typeof(QuantityJson))]
public readonly struct Quantity : IEquatable<Quantity>, IComparable<Quantity>
{
    public enum Notation
    {
        DecimalSuffix,
        BinarySuffix,
        Exponent,
    }

    internal static readonly BigInteger One = 1_000_000_000;
    private static readonly BigInteger Milli = 1_000_000;

    private readonly string? spelling;

    internal Quantity(BigInteger nano, Notation form, string? spelling = null)
    {
        Nano = nano;
        Form = form;
        this.spelling = spelling;
    }

    /// <summary>The amount in billionths.</summary>
    public BigInteger Nano { get; }
    public Notation Form { get; }

    public int Sign => Nano.Sign;
    public bool IsZero => Nano.IsZero;
    public bool IsWhole => (Nano % One).IsZero;

    /// <summary>Whole units, rounded away from zero and clamped to 64 bits.</summary>
    public long Value => Clamp(RoundAway(Nano, One) / One);

    /// <summary>Thousandths, rounded away from zero and clamped to 64 bits.</summary>
    public long MilliValue => Clamp(RoundAway(Nano, Milli) / Milli);

    public static Quantity Zero => new(BigInteger.Zero, Notation.DecimalSuffix, "0");
    public static Quantity Of(long units, Notation form = Notation.DecimalSuffix) => new(units * One, form);
    public static Quantity OfMilli(long thousandths) => new(thousandths * Milli, Notation.DecimalSuffix);

    public static bool TryParse(string text, out Quantity quantity, out string error) => QuantityReader.Read(text, out quantity, out error);

    /// <summary>Zero for what is no quantity: for text that validation has passed already.</summary>
    public static Quantity Parse(string? text) => text is not null && TryParse(text, out var q, out _) ? q : Zero;

    public static Quantity Parse(Json? value) => value switch
    {
        JsonText t => Parse(t.Value),
        JsonNumber n => Parse(n.ToString()),
        _ => Zero,
    };

    public static Quantity operator +(Quantity a, Quantity b) => new(a.Nano + b.Nano, a.IsZero ? b.Form : a.Form);
    public static Quantity operator -(Quantity a, Quantity b) => new(a.Nano - b.Nano, a.IsZero ? b.Form : a.Form);
    public static Quantity operator *(Quantity a, long factor) => new(a.Nano * factor, a.Form);
    public static Quantity operator -(Quantity a) => new(-a.Nano, a.Form);
    public static bool operator ==(Quantity a, Quantity b) => a.Nano == b.Nano;
    public static bool operator !=(Quantity a, Quantity b) => a.Nano != b.Nano;
    public static bool operator <(Quantity a, Quantity b) => a.Nano < b.Nano;
    public static bool operator >(Quantity a, Quantity b) => a.Nano > b.Nano;
    public static bool operator <=(Quantity a, Quantity b) => a.Nano <= b.Nano;
    public static bool operator >=(Quantity a, Quantity b) => a.Nano >= b.Nano;

    public static Quantity Max(Quantity a, Quantity b) => a >= b ? a : b;
    public static Quantity Min(Quantity a, Quantity b) => a <= b ? a : b;

    /// <summary>What resource lists do to their values: nothing finer than a thousandth, rounded away from zero.</summary>
    public Quantity RoundUpToMilli()
    {
        var rounded = RoundAway(Nano, Milli);
        return rounded == Nano ? this : new(rounded, Form);
    }

    public double ToDouble() => (double)Nano / 1e9;

    /// <summary>Equal amounts are equal, however they are written.</summary>
    public bool Equals(Quantity other) => Nano == other.Nano;
    public override bool Equals(object? obj) => obj is Quantity q && Equals(q);
    public override int GetHashCode() => Nano.GetHashCode();
    public int CompareTo(Quantity other) => Nano.CompareTo(other.Nano);

    public override string ToString() => spelling ?? QuantityWriter.Canonical(Nano, Form);

    private static BigInteger RoundAway(BigInteger value, BigInteger step)
    {
        var rest = value % step;
        return rest.IsZero ? value : value - rest + step * value.Sign;
    }

    private static long Clamp(BigInteger value) =>
        value > long.MaxValue ? long.MaxValue : value < long.MinValue ? long.MinValue : (long)value;
}
