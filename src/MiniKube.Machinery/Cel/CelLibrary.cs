using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using MiniKube.Machinery.Cel.Functions;

namespace MiniKube.Machinery.Cel;

/// <summary>
/// A function of the language: what it does with its arguments (the target first, when it is a method), or null when they
/// are none of its own.
/// </summary>
internal delegate object? CelFunction(object?[] arguments);

/// <summary>The functions by name; one file for each library.</summary>
internal static class CelLibrary
{
    private static readonly FrozenDictionary<string, CelFunction[]> ByName = Group(
        StandardFunctions.All, StringFunctions.All, ListFunctions.All, RegexFunctions.All, UrlFunctions.All, QuantityFunctions.All,
        AddressFunctions.All, FormatFunctions.All, VersionFunctions.All, OptionalFunctions.All, AccessFunctions.All);

    private static readonly FrozenSet<string> Types =
        new[] { "bool", "int", "uint", "double", "string", "bytes", "list", "map", "null_type", "type" }.ToFrozenSet();

    public static bool Knows(string name) => ByName.ContainsKey(name);

    public static CelType? TypeNamed(string name) => Types.Contains(name) || name is "google" or "net" or "kubernetes" ? new CelType(name) : null;

    public static object? Invoke(string name, bool isMethod, object?[] arguments)
    {
        if (!ByName.TryGetValue(name, out var overloads)) return new CelError($"unknown function: {name}");
        foreach (var function in overloads)
            if (function(arguments) is var result && !ReferenceEquals(result, NotMine)) return result;
        return CelEvaluator.NoOverload(name, arguments);
    }

    /// <summary>What a function answers to arguments it does not take.</summary>
    public static readonly object NotMine = new();

    private static FrozenDictionary<string, CelFunction[]> Group(params IEnumerable<(string Name, CelFunction Function)>[] libraries) =>
        libraries.SelectMany(l => l).GroupBy(f => f.Name).ToFrozenDictionary(g => g.Key, g => g.Select(f => f.Function).ToArray());

    /// <summary>A value as text, as string() and messages show it.</summary>
    public static string Show(object? value) => value switch
    {
        null => "null",
        string s => s,
        bool b => b ? "true" : "false",
        double d => d.ToString("R", CultureInfo.InvariantCulture),
        byte[] b => Encoding.UTF8.GetString(b),
        DateTimeOffset t => t.UtcDateTime.ToString(t.Ticks % 10_000_000 == 0 ? "yyyy-MM-dd'T'HH:mm:ss'Z'" : "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture),
        TimeSpan d => Durations.Show(d),
        object?[] l => $"[{string.Join(", ", l.Select(Show))}]",
        CelObject o => o.Map.ToString(),
        CelMap m => "{" + string.Join(", ", m.Keys.Select(k => $"{Show(k)}: {(m.TryGet(k, out var v) ? Show(v) : "")}")) + "}",
        CelType t => t.Name,
        IFormattable f => f.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };
}
