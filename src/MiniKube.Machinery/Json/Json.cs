using System.Diagnostics.CodeAnalysis;

namespace MiniKube.Machinery;

/// <summary>
/// A JSON value as a tree. Scalars are immutable and shared freely; maps and lists are mutable and belong to one
/// owner at a time: <see cref="Clone"/> before handing one to somebody who may change it.
/// </summary>
public abstract class Json
{
    public static readonly Json Null = new JsonNull();

    public abstract Json Clone();

    /// <summary>Equality of meaning: the order of a map's members does not count, the order of a list's items does.</summary>
    public abstract bool SameAs(Json? other);

    public virtual bool IsNull => false;

    public override string ToString() => JsonWriter.ToText(this);

    public static implicit operator Json(string value) => new JsonText(value);
    public static implicit operator Json(bool value) => value ? JsonBool.True : JsonBool.False;
    public static implicit operator Json(long value) => JsonNumber.Of(value);
    public static implicit operator Json(int value) => JsonNumber.Of(value);
    public static implicit operator Json(double value) => new JsonNumber(value);
}

public sealed class JsonNull : Json
{
    internal JsonNull() { }
    public override bool IsNull => true;
    public override Json Clone() => this;
    public override bool SameAs(Json? other) => other is JsonNull;
}

public sealed class JsonBool : Json
{
    public static readonly JsonBool True = new(true);
    public static readonly JsonBool False = new(false);
    private JsonBool(bool value) => Value = value;
    public bool Value { get; }
    public override Json Clone() => this;
    public override bool SameAs(Json? other) => ReferenceEquals(this, other);
}

public sealed class JsonText(string value) : Json
{
    public string Value { get; } = value;
    public override Json Clone() => this;
    public override bool SameAs(Json? other) => other is JsonText t && t.Value == Value;
}

/// <summary>A number: whole numbers that fit are kept exactly as long, everything else as double.</summary>
public sealed class JsonNumber : Json
{
    private readonly double real;
    private readonly long whole;

    public JsonNumber(long value)
    {
        whole = value;
        real = value;
        IsWhole = true;
    }

    public JsonNumber(double value) => real = value;

    private static readonly JsonNumber[] Small = [.. Enumerable.Range(0, 1024).Select(n => new JsonNumber((long)n))];

    /// <summary>A whole number; small ones are there already.</summary>
    public static JsonNumber Of(long value) => value is >= 0 and < 1024 ? Small[value] : new(value);

    /// <summary>True when the number was written without fraction or exponent and fits 64 bits.</summary>
    public bool IsWhole { get; }
    public long Whole => IsWhole ? whole : (long)real;
    public double Real => real;
    public override Json Clone() => this;

    public override bool SameAs(Json? other) =>
        other is JsonNumber n && (IsWhole && n.IsWhole ? whole == n.whole : real.Equals(n.real));
}

public sealed class JsonList : Json, IEnumerable<Json>
{
    private readonly List<Json> items;

    public JsonList() => items = [];
    public JsonList(IEnumerable<Json> values) => items = [.. values];

    public int Count => items.Count;

    public Json this[int index]
    {
        get => items[index];
        set => items[index] = value;
    }

    public void Add(Json value) => items.Add(value);
    public void Insert(int index, Json value) => items.Insert(index, value);
    public void RemoveAt(int index) => items.RemoveAt(index);
    public void Clear() => items.Clear();
    public int RemoveAll(Predicate<Json> match) => items.RemoveAll(match);

    public override Json Clone()
    {
        var copy = new JsonList();
        copy.items.Capacity = items.Count;
        foreach (var item in items) copy.items.Add(item.Clone());
        return copy;
    }

    public override bool SameAs(Json? other)
    {
        if (other is not JsonList list || list.Count != Count) return false;
        for (var i = 0; i < Count; i++)
            if (!items[i].SameAs(list.items[i])) return false;
        return true;
    }

    public IEnumerable<JsonMap> Maps() => items.OfType<JsonMap>();
    public IEnumerable<string> Texts() => items.OfType<JsonText>().Select(t => t.Value);

    public List<Json>.Enumerator GetEnumerator() => items.GetEnumerator();
    IEnumerator<Json> IEnumerable<Json>.GetEnumerator() => items.GetEnumerator();
    System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => items.GetEnumerator();

    public static JsonList Of(params IEnumerable<Json> values) => new(values);
    public static JsonList OfTexts(IEnumerable<string> values) => new(values.Select(v => (Json)v));
}

/// <summary>
/// A JSON object in the order its members were written. Small maps are searched linearly, which beats hashing for the
/// handful of members that Kubernetes objects have; an index is built once a map grows beyond that.
/// </summary>
public sealed class JsonMap : Json, IEnumerable<KeyValuePair<string, Json>>
{
    private const int IndexFrom = 12;

    // An array of its own instead of a list: an object is made of hundreds of maps, most of them of one or two members or none.
    private KeyValuePair<string, Json>[] members = [];
    private int count;
    private Dictionary<string, int>? index;

    public int Count => count;

    public Json? this[string key]
    {
        get => Find(key) is var at && at >= 0 ? members[at].Value : null;
        set
        {
            if (value is null) Remove(key);
            else Set(key, value);
        }
    }

    /// <summary>Sets a member in place, or adds it at the end.</summary>
    public void Set(string key, Json value)
    {
        var at = Find(key);
        if (at >= 0)
        {
            members[at] = new(key, value);
            return;
        }
        index?.Add(key, count);
        if (count == members.Length) Array.Resize(ref members, count == 0 ? 2 : count * 2);
        members[count++] = new(key, value);
        if (index is null && count > IndexFrom) BuildIndex();
    }

    public void Add(string key, Json value) => Set(key, value);

    public bool Has(string key) => Find(key) >= 0;

    public bool TryGet(string key, [NotNullWhen(true)] out Json? value)
    {
        value = this[key];
        return value is not null;
    }

    public bool Remove(string key)
    {
        var at = Find(key);
        if (at < 0) return false;
        members.AsSpan(at + 1, count - at - 1).CopyTo(members.AsSpan(at));
        members[--count] = default;
        if (index is not null) BuildIndex();
        return true;
    }

    public void RemoveWhere(Func<string, Json, bool> match)
    {
        var kept = 0;
        for (var i = 0; i < count; i++)
            if (!match(members[i].Key, members[i].Value)) members[kept++] = members[i];
        if (kept == count) return;
        members.AsSpan(kept, count - kept).Clear();
        count = kept;
        if (index is not null) BuildIndex();
    }

    public void Clear()
    {
        members = [];
        count = 0;
        index = null;
    }

    public KeyValuePair<string, Json> At(int position) => position < count ? members[position] : throw new ArgumentOutOfRangeException(nameof(position));

    public IEnumerable<string> Keys => this.Select(m => m.Key);

    // Reading with the shape already checked: the wrong type reads as absent.
    public JsonMap? Map(string key) => this[key] as JsonMap;
    public JsonList? List(string key) => this[key] as JsonList;
    public string? Text(string key) => (this[key] as JsonText)?.Value;
    public bool? Bool(string key) => (this[key] as JsonBool)?.Value;
    public long? Whole(string key) => (this[key] as JsonNumber)?.Whole;

    /// <summary>The member as a map, made when it is absent.</summary>
    public JsonMap MapOrNew(string key)
    {
        if (this[key] is JsonMap map) return map;
        var made = new JsonMap();
        Set(key, made);
        return made;
    }

    public JsonList ListOrNew(string key)
    {
        if (this[key] is JsonList list) return list;
        var made = new JsonList();
        Set(key, made);
        return made;
    }

    /// <summary>The value at a path of member names, or null when any step is absent.</summary>
    public Json? Dig(params ReadOnlySpan<string> path)
    {
        Json? at = this;
        foreach (var step in path)
        {
            at = (at as JsonMap)?[step];
            if (at is null) return null;
        }
        return at;
    }

    public override Json Clone() => CloneMap();

    public JsonMap CloneMap()
    {
        var copy = new JsonMap();
        if (count == 0) return copy;
        copy.members = new KeyValuePair<string, Json>[count];
        for (var i = 0; i < count; i++) copy.members[i] = new(members[i].Key, members[i].Value.Clone());
        copy.count = count;
        if (count > IndexFrom) copy.BuildIndex();
        return copy;
    }

    public override bool SameAs(Json? other)
    {
        if (other is not JsonMap map || map.Count != Count) return false;
        for (var i = 0; i < count; i++)
            if (!members[i].Value.SameAs(map[members[i].Key])) return false;
        return true;
    }

    private int Find(string key)
    {
        if (index is not null) return CollectionExtensions.GetValueOrDefault(index, key, -1);
        for (var i = 0; i < count; i++)
            if (string.Equals(members[i].Key, key, StringComparison.Ordinal)) return i;
        return -1;
    }

    private void BuildIndex()
    {
        index = null;
        if (count <= IndexFrom) return;
        index = new(count, StringComparer.Ordinal);
        for (var i = 0; i < count; i++) index[members[i].Key] = i;
    }

    public Enumerator GetEnumerator() => new(this);
    IEnumerator<KeyValuePair<string, Json>> IEnumerable<KeyValuePair<string, Json>>.GetEnumerator() => GetEnumerator();
    System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>As with lists, nobody may add or remove members while somebody goes through them.</summary>
    public struct Enumerator : IEnumerator<KeyValuePair<string, Json>>
    {
        private readonly JsonMap map;
        private readonly int count;
        private int at = -1;

        internal Enumerator(JsonMap map) => (this.map, count) = (map, map.count);

        public readonly KeyValuePair<string, Json> Current => map.members[at];
        readonly object System.Collections.IEnumerator.Current => Current;

        public bool MoveNext()
        {
            if (map.count != count) throw new InvalidOperationException("the map was changed while somebody went through it");
            return ++at < count;
        }

        public void Reset() => at = -1;

        public readonly void Dispose() { }
    }
}
