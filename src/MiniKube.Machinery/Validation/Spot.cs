namespace MiniKube.Machinery;

/// <summary>
/// A place in an object while it is being checked: its value, its path, and where complaints go. Absent members are
/// spots too, so that checks read straight on.
/// </summary>
public readonly struct Spot
{
    // Hardly any path is ever told: the last two steps are put onto the rest when somebody asks.
    private readonly string start;
    private readonly string? first;
    private readonly string? second;

    public Spot(Json? value, string path, List<FieldError> errors) : this(value, path, null, null, errors)
    {
    }

    private Spot(Json? value, string start, string? first, string? second, List<FieldError> errors) =>
        (Value, this.start, this.first, this.second, Errors) = (value, start, first, second, errors);

    public Json? Value { get; }

    public List<FieldError> Errors { get; }

    public string Path => first is null ? start : second is null ? Joined(start, first) : start.Length == 0 ? $"{first}.{second}" : $"{start}.{first}.{second}";

    public static Spot Root(JsonMap tree, List<FieldError> errors) => new(tree, "", errors);

    public Spot this[string name]
    {
        get
        {
            var value = (Value as JsonMap)?[name];
            return first is null ? new(value, start, name, null, Errors)
                : second is null ? new(value, start, first, name, Errors)
                : new(value, Path, name, null, Errors);
        }
    }

    /// <summary>The same value, complained about under another path.</summary>
    public Spot Under(string path) => new(Value, path, Errors);

    private static string Joined(string start, string name) => start.Length == 0 ? name : $"{start}.{name}";

    public bool IsSet => Value is not (null or JsonNull);
    public string Text => (Value as JsonText)?.Value ?? "";
    public bool IsBlank => Text.Length == 0;
    public long? Whole => (Value as JsonNumber)?.Whole;
    public bool? Bool => (Value as JsonBool)?.Value;
    public JsonMap Map => Value as JsonMap ?? Nothing;
    public JsonList List => Value as JsonList ?? NoItems;
    public Quantity Quantity => Quantity.Parse(Value);
    public IEnumerable<string> Texts => List.Texts();

    private static readonly JsonMap Nothing = [];
    private static readonly JsonList NoItems = [];

    public IEnumerable<Spot> Items()
    {
        var list = List;
        for (var i = 0; i < list.Count; i++) yield return new Spot(list[i], $"{Path}[{i}]", Errors);
    }

    /// <summary>A map's entries by name, each at "path[name]".</summary>
    public IEnumerable<(string Key, Spot At)> Entries()
    {
        var (path, errors) = (Path, Errors);
        return Map.OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => (m.Key, new Spot(m.Value, $"{path}[{m.Key}]", errors)));
    }

    public Spot At(string key) => new((Value as JsonMap)?[key], $"{Path}[{key}]", Errors);

    public void Required(string detail = "") => Errors.Add(FieldError.Required(Path, detail));
    public void Invalid(string detail) => Errors.Add(FieldError.Invalid(Path, Value, detail));
    public void Invalid(Json shown, string detail) => Errors.Add(FieldError.Invalid(Path, shown, detail));
    public void Forbidden(string detail) => Errors.Add(FieldError.Forbidden(Path, detail));
    public void Duplicate() => Errors.Add(FieldError.Duplicate(Path, Value));
    public void Duplicate(Json shown) => Errors.Add(FieldError.Duplicate(Path, shown));
    public void NotFound() => Errors.Add(FieldError.NotFound(Path, Value));
    public void TooLong(int most) => Errors.Add(FieldError.TooLong(Path, most));
    public void TooMany(int most) => Errors.Add(FieldError.TooMany(Path, List.Count, most));

    public void NotSupported(params IEnumerable<string> supported) => Errors.Add(FieldError.NotSupported(Path, Value ?? "", supported));

    /// <summary>Complains with each sentence that a rule has about the text.</summary>
    public void Follows(Func<string, IEnumerable<string>> rule)
    {
        foreach (var fault in rule(Text)) Invalid(fault);
    }

    /// <summary>One of these values; absent is refused as required.</summary>
    public void OneOf(params string[] values)
    {
        if (IsBlank) Required();
        else if (!values.Contains(Text)) NotSupported(values);
    }

    public void OneOfIfSet(params string[] values)
    {
        if (IsSet && !values.Contains(Text)) NotSupported(values);
    }

    public void NotNegative()
    {
        if (Whole is < 0) Invalid("must be greater than or equal to 0");
    }

    public void Within(long least, long most)
    {
        if (Whole is { } n && (n < least || n > most)) Invalid($"must be between {least} and {most}, inclusive");
    }

    /// <summary>Unchanged since the old object.</summary>
    public void SameAs(Json? old) => ObjectMetaRules.Immutable(Value, old, Path, Errors);
}
