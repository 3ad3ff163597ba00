using System.Collections.Frozen;
using System.Globalization;

namespace MiniKube.Kinds;

/// <summary>The protobuf numbers of the built-in types' fields, from field-numbers.txt beside this file; read when first needed.</summary>
public static class FieldNumbers
{
    private static readonly Lazy<FrozenDictionary<string, IReadOnlyDictionary<int, string>>> Table = new(Load);

    public static IReadOnlyDictionary<int, string>? Of(string typeName) => Table.Value.GetValueOrDefault(typeName);

    private static FrozenDictionary<string, IReadOnlyDictionary<int, string>> Load()
    {
        using var stream = typeof(FieldNumbers).Assembly.GetManifestResourceStream("field-numbers.txt")!;
        using var reader = new StreamReader(stream);
        var types = new Dictionary<string, IReadOnlyDictionary<int, string>>(StringComparer.Ordinal);
        while (reader.ReadLine() is { } line)
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            types[words[0]] = words.Skip(1).Select(w => w.Split('=')).ToFrozenDictionary(p => int.Parse(p[0], CultureInfo.InvariantCulture), p => p[1]);
        }
        return types.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
