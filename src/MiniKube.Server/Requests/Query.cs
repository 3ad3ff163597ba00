namespace MiniKube.Server;

/// <summary>The decoded query string; names are case sensitive, the first value of a name wins.</summary>
public sealed class Query
{
    public static readonly Query Empty = new([]);

    private readonly List<KeyValuePair<string, string>> pairs;

    private Query(List<KeyValuePair<string, string>> pairs) => this.pairs = pairs;

    public static Query Parse(string? text)
    {
        if (string.IsNullOrEmpty(text) || text == "?") return Empty;
        var pairs = new List<KeyValuePair<string, string>>();
        foreach (var part in text.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var at = part.IndexOf('=');
            pairs.Add(at < 0 ? new(Decode(part), "") : new(Decode(part[..at]), Decode(part[(at + 1)..])));
        }
        return new(pairs);
    }

    public static Query Of(params ReadOnlySpan<(string Name, string? Value)> pairs)
    {
        List<KeyValuePair<string, string>>? given = null;
        foreach (var (name, value) in pairs)
            if (value is not null) (given ??= []).Add(new(name, value));
        return given is null ? Empty : new(given);
    }

    public string? this[string name]
    {
        get
        {
            foreach (var (key, value) in pairs)
                if (key == name) return value;
            return null;
        }
    }

    public IEnumerable<string> All(string name) => pairs.Where(p => p.Key == name).Select(p => p.Value);

    public bool Has(string name) => this[name] is not null;

    /// <summary>True for every value but an absent one, "", "0" and "false": Go's reading of query booleans.</summary>
    public bool Flag(string name) => this[name] is { } value && value is not ("0" or "false" or "False");

    /// <summary>As it follows a path, "" when there is nothing.</summary>
    public override string ToString() => pairs.Count == 0 ? "" : "?" + string.Join('&', pairs.Select(p => $"{Uri.EscapeDataString(p.Key)}={Uri.EscapeDataString(p.Value)}"));

    private static string Decode(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
}
