using System.Text.Json.Serialization;

namespace MiniKube.Kinds;

/// <summary>One line for explain and OpenAPI.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Property)]
public sealed class DocAttribute(string text) : Attribute
{
    public string Text { get; } = text;
}

[AttributeUsage(AttributeTargets.Property)]
public sealed class RequiredAttribute : Attribute;

/// <summary>The value that an absent field gets.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class DefaultAttribute(object value) : Attribute
{
    public object Value { get; } = value;
}

/// <summary>Upstream writes this field even when it has nothing to say: {}, 0, "", false, or null for times and lists.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ZeroAttribute : Attribute;

/// <summary>Zero or false says nothing here and is dropped. (Upstream's field is no pointer.)</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class OmitZeroAttribute : Attribute;

/// <summary>The empty text means something other than absence. (Upstream's field is a pointer.)</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class KeepEmptyAttribute : Attribute;

/// <summary>The only values a text may have.</summary>
[AttributeUsage(AttributeTargets.Property)]
public class AllowedAttribute(params string[] values) : Attribute
{
    public IReadOnlyList<string> Values { get; } = values;
}

/// <summary>The names of the signals a container can be stopped with.</summary>
public sealed class AllowedSignalsAttribute() : AllowedAttribute(Names)
{
    public static readonly string[] Names =
    [
        "SIGABRT", "SIGALRM", "SIGBUS", "SIGCHLD", "SIGCLD", "SIGCONT", "SIGFPE", "SIGHUP", "SIGILL", "SIGINT", "SIGIO", "SIGIOT", "SIGKILL",
        "SIGPIPE", "SIGPOLL", "SIGPROF", "SIGPWR", "SIGQUIT", "SIGRTMAX",
        .. RealTime("SIGRTMAX-", 14), "SIGRTMIN", .. RealTime("SIGRTMIN+", 15),
        "SIGSEGV", "SIGSTKFLT", "SIGSTOP", "SIGSYS", "SIGTERM", "SIGTRAP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG", "SIGUSR1", "SIGUSR2",
        "SIGVTALRM", "SIGWINCH", "SIGXCPU", "SIGXFSZ",
    ];

    private static IEnumerable<string> RealTime(string prefix, int last) =>
        Enumerable.Range(1, last).Select(n => $"{prefix}{n}").Order(StringComparer.Ordinal);
}

[AttributeUsage(AttributeTargets.Property)]
public sealed class RangeAttribute(double minimum, double maximum) : Attribute
{
    public double Minimum { get; } = minimum;
    public double Maximum { get; } = maximum;
}

/// <summary>Apply merges the items by these members.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ListMapAttribute(params string[] keys) : Attribute
{
    public IReadOnlyList<string> Keys { get; } = keys;
}

/// <summary>Apply merges the items as a set of scalars.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ListSetAttribute : Attribute;

/// <summary>A strategic merge patch merges the items, by this member or, without one, as scalars.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PatchMergeAttribute(string key = "") : Attribute
{
    public string Key { get; } = key;
}

/// <summary>A strategic merge patch drops the members that it does not mention.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PatchRetainKeysAttribute : Attribute;

/// <summary>Apply treats the object or map as one value.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Property)]
public sealed class AtomicMapAttribute : Attribute;

/// <summary>Here, unlike elsewhere, apply merges the members of an atomic type.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class GranularMapAttribute : Attribute;

[AttributeUsage(AttributeTargets.Property)]
public sealed class ImmutableAttribute : Attribute;

/// <summary>Any JSON, published in OpenAPI under this type name.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class RawAttribute(string typeName) : Attribute
{
    public string TypeName { get; } = typeName;
}

/// <summary>A time with microseconds.</summary>
public sealed class MicroTimeAttribute : JsonConverterAttribute
{
    public override JsonConverter CreateConverter(Type typeToConvert) => new MicroTimeJson();
}
