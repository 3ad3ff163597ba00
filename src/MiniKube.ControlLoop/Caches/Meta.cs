using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;

namespace MiniKube.ControlLoop;

/// <summary>
/// Metadata read straight from an object's bytes, nothing of it null. It is all that the garbage collector, the indexes
/// and the queue look at, so most cached objects are never parsed any further.
/// </summary>
public sealed class Meta
{
    private static readonly IReadOnlyDictionary<string, string> None = FrozenDictionary<string, string>.Empty;

    // There is one of these for every object of the cluster: nothing takes more room than it must.
    private string[]? labelKeys;
    private long created;
    private long deleted;
    private long grace = -1;

    public string ApiVersion { get; private set; } = "";
    public string Kind { get; private set; } = "";
    public string Name { get; private set; } = "";
    public string Namespace { get; private set; } = "";
    public string Uid { get; private set; } = "";
    public string GenerateName { get; private set; } = "";
    public long Version { get; private set; }
    public string ResourceVersion => Version == 0 ? "" : Version.ToString(CultureInfo.InvariantCulture);
    public long Generation { get; private set; }
    public DateTimeOffset Created => new(created, TimeSpan.Zero);
    public DateTimeOffset? Deleted => BeingDeleted ? new(deleted, TimeSpan.Zero) : null;
    public long? DeletionGracePeriodSeconds => grace < 0 ? null : grace;
    public IReadOnlyDictionary<string, string> Labels { get; private set; } = None;
    public IReadOnlyDictionary<string, string> Annotations { get; private set; } = None;
    public IReadOnlyList<string> Finalizers { get; private set; } = [];
    public IReadOnlyList<Owner> Owners { get; private set; } = [];

    public Key Key => new(Namespace, Name);
    public bool BeingDeleted => deleted != 0;

    /// <summary>The owner that manages this object, if any.</summary>
    public Owner? Controller
    {
        get
        {
            foreach (var owner in Owners)
                if (owner.Controller) return owner;
            return null;
        }
    }

    /// <summary>Keys under which labels are looked up, made once for all indexes and all versions with the same labels.</summary>
    internal string[] LabelKeys => labelKeys ??= KeysOf(Namespace, Labels);

    /// <summary>
    /// Takes over what is the same as in the version before: most changes change next to nothing of it, and one copy serves all the
    /// versions instead of growing old with each.
    /// </summary>
    internal void ShareWith(Meta before)
    {
        (Name, Uid, GenerateName) = (Same(Name, before.Name), Same(Uid, before.Uid), Same(GenerateName, before.GenerateName));
        if (SameTexts(Labels, before.Labels)) (Labels, labelKeys) = (before.Labels, before.LabelKeys);
        if (SameTexts(Annotations, before.Annotations)) Annotations = before.Annotations;
        if (Owners.SequenceEqual(before.Owners)) Owners = before.Owners;

        static string Same(string now, string then) => now == then ? then : now;
    }

    private static bool SameTexts(IReadOnlyDictionary<string, string> a, IReadOnlyDictionary<string, string> b)
    {
        if (a.Count != b.Count) return false;
        foreach (var (key, value) in a)
            if (b.GetValueOrDefault(key) != value) return false;
        return true;
    }

    private static string[] KeysOf(string ns, IReadOnlyDictionary<string, string> labels)
    {
        var keys = new List<string>(1 + 2 * labels.Count) { ns };
        foreach (var (key, value) in labels)
        {
            keys.Add($"{ns}\n{key}={value}");
            keys.Add($"{ns}\n{key}");
        }
        return [.. keys];
    }

    public string? Label(string key) => Labels.GetValueOrDefault(key);
    public string? Annotation(string key) => Annotations.GetValueOrDefault(key);

    public static long VersionNumber(string? version) =>
        long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    public static Meta Read(ReadOnlySpan<byte> json)
    {
        var meta = new Meta();
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("metadata"u8))
            {
                reader.Read();
                meta.ReadFields(ref reader);
            }
            else if (reader.ValueTextEquals("kind"u8)) meta.Kind = string.Intern(Text(ref reader));
            else if (reader.ValueTextEquals("apiVersion"u8)) meta.ApiVersion = string.Intern(Text(ref reader));
            else Skip(ref reader);
        }
        return meta;
    }

    private void ReadFields(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject) return;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("name"u8)) Name = Text(ref reader);
            else if (reader.ValueTextEquals("namespace"u8)) Namespace = string.Intern(Text(ref reader));
            else if (reader.ValueTextEquals("uid"u8)) Uid = Text(ref reader);
            else if (reader.ValueTextEquals("generateName"u8)) GenerateName = Text(ref reader);
            else if (reader.ValueTextEquals("resourceVersion"u8)) Version = VersionNumber(Text(ref reader));
            else if (reader.ValueTextEquals("generation"u8)) Generation = Whole(ref reader) ?? 0;
            else if (reader.ValueTextEquals("creationTimestamp"u8)) created = Time(ref reader);
            else if (reader.ValueTextEquals("deletionTimestamp"u8)) deleted = Time(ref reader);
            else if (reader.ValueTextEquals("deletionGracePeriodSeconds"u8)) grace = Whole(ref reader) ?? -1;
            else if (reader.ValueTextEquals("labels"u8)) Labels = Texts(ref reader);
            else if (reader.ValueTextEquals("annotations"u8)) Annotations = Texts(ref reader);
            else if (reader.ValueTextEquals("finalizers"u8)) Finalizers = List(ref reader);
            else if (reader.ValueTextEquals("ownerReferences"u8)) Owners = ReadOwners(ref reader);
            else Skip(ref reader);
        }
    }

    private static Owner[] ReadOwners(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray) return [];
        var owners = new List<Owner>(1);
        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            string apiVersion = "", kind = "", name = "", uid = "";
            bool controller = false, block = false;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("apiVersion"u8)) apiVersion = Text(ref reader);
                else if (reader.ValueTextEquals("kind"u8)) kind = Text(ref reader);
                else if (reader.ValueTextEquals("name"u8)) name = Text(ref reader);
                else if (reader.ValueTextEquals("uid"u8)) uid = Text(ref reader);
                else if (reader.ValueTextEquals("controller"u8)) controller = Bool(ref reader);
                else if (reader.ValueTextEquals("blockOwnerDeletion"u8)) block = Bool(ref reader);
                else Skip(ref reader);
            }
            owners.Add(new(string.Intern(apiVersion), string.Intern(kind), name, uid, controller, block));
        }
        return [.. owners];
    }

    private static IReadOnlyDictionary<string, string> Texts(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) return None;
        Dictionary<string, string>? texts = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString()!;
            (texts ??= new(StringComparer.Ordinal))[key.Length <= 64 ? string.Intern(key) : key] = Text(ref reader);
        }
        return texts ?? None;
    }

    private static string[] List(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray) return [];
        var texts = new List<string>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            if (reader.TokenType == JsonTokenType.String) texts.Add(reader.GetString()!);
        return [.. texts];
    }

    private static string Text(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.String ? reader.GetString()! : SkipValue(ref reader);
    }

    private static bool Bool(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.True;
    }

    private static long? Whole(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var whole) ? whole : null;
    }

    private static long Time(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.String && reader.TryGetDateTimeOffset(out var time) ? time.UtcTicks : 0;
    }

    private static string SkipValue(ref Utf8JsonReader reader)
    {
        reader.Skip();
        return "";
    }

    private static void Skip(ref Utf8JsonReader reader)
    {
        reader.Read();
        reader.Skip();
    }
}

public sealed record Owner(string ApiVersion, string Kind, string Name, string Uid, bool Controller, bool BlocksDeletion)
{
    public string Group => ApiVersion.IndexOf('/') is var slash && slash < 0 ? "" : ApiVersion[..slash];
}
