using System.Globalization;

namespace MiniKube.Machinery;

/// <summary>One writer of an object and the fields it owns.</summary>
public sealed record FieldOwner(string Manager, bool Applied, string ApiVersion, string Subresource, string Time)
{
    private FieldTree? fields;

    /// <summary>The entry it was read from: most writes touch nothing of what most owners have, and hand it on as it is.</summary>
    public JsonMap? Recorded { get; init; }

    public FieldTree Fields
    {
        get => fields ??= FieldTree.From(Recorded?.Map("fieldsV1") ?? []);
        init => (fields, Recorded) = (value, null);
    }

    public bool OwnsNothing => Recorded is null ? Fields.IsEmpty : Recorded.Map("fieldsV1") is not { Count: > 0 };

    /// <summary>Whether anything in the set is this owner's.</summary>
    public bool OwnsAnyOf(FieldTree set) =>
        Recorded is null ? !Fields.Intersect(set).IsEmpty : Recorded.Map("fieldsV1") is { } recorded && Overlap(recorded, set);

    /// <summary>Whether all of the set is this owner's.</summary>
    public bool OwnsAllOf(FieldTree set) =>
        Recorded is null ? set.Except(Fields).IsEmpty : Recorded.Map("fieldsV1") is { } recorded ? Covers(recorded, set) : set.IsEmpty;

    /// <summary>The owner without what others have taken over or what is gone.</summary>
    public FieldOwner Without(FieldTree taken, FieldTree gone) =>
        OwnsAnyOf(taken) || OwnsAnyOf(gone) ? this with { Fields = Fields.Except(taken).Except(gone) } : this;

    internal bool IsAsRecorded => Recorded is { } r && r.Text("manager") == Manager && (r.Text("time") ?? "") == Time && (r.Text("subresource") ?? "") == Subresource;

    private static bool Covers(JsonMap recorded, FieldTree set)
    {
        foreach (var (step, child) in set.Children)
        {
            if (recorded[step] is not { } inner) return false;
            if (inner is not JsonMap { Count: > 0 } map)
            {
                if (child.Children.Count > 0) return false;
                continue;
            }
            if (child.Self && !map.Has(".") || !Covers(map, child)) return false;
        }
        return true;
    }

    private static bool Overlap(JsonMap recorded, FieldTree set)
    {
        foreach (var (step, child) in set.Children)
        {
            if (recorded[step] is not { } inner) continue;
            if (inner is not JsonMap { Count: > 0 } map)
            {
                if (child.Self) return true;
                continue;
            }
            if (child.Self && map.Has(".") || Overlap(map, child)) return true;
        }
        return false;
    }

    /// <summary>Appliers are the same whatever version they speak; updaters are told apart by version too.</summary>
    public bool Is(string manager, bool applied, string apiVersion, string subresource) =>
        Manager == manager && Applied == applied && Subresource == subresource && (applied || ApiVersion == apiVersion);
}

/// <summary>metadata.managedFields: who owns which field, kept up to date by every write.</summary>
public static class ManagedFields
{
    /// <summary>Updaters beyond this many are folded into one entry, oldest first.</summary>
    private const int MostUpdaters = 10;

    // Nobody owns what identifies an object or what the server alone writes.
    private static readonly string[][] Ignored =
    [
        ["f:apiVersion"], ["f:kind"],
        .. new[]
        {
            "name", "namespace", "creationTimestamp", "selfLink", "uid", "clusterName", "generation", "managedFields",
            "resourceVersion", "deletionTimestamp", "deletionGracePeriodSeconds",
        }.Select(n => new[] { "f:metadata", "f:" + n }),
    ];

    public static List<FieldOwner> Read(JsonMap live)
    {
        var owners = new List<FieldOwner>();
        foreach (var entry in (live.Map("metadata")?.List("managedFields") ?? []).Maps())
            owners.Add(new(entry.Text("manager") ?? "", entry.Text("operation") == "Apply", entry.Text("apiVersion") ?? "",
                entry.Text("subresource") ?? "", entry.Text("time") ?? "")
            { Recorded = entry });
        return owners;
    }

    public static void Write(JsonMap live, IReadOnlyList<FieldOwner> owners)
    {
        var metadata = live.MapOrNew("metadata");
        var kept = Folded([.. owners.Where(o => !o.OwnsNothing)]);
        if (kept.Count == 0)
        {
            metadata.Remove("managedFields");
            return;
        }
        metadata.Set("managedFields", new JsonList(kept
            .OrderBy(o => o.Applied ? 0 : 1).ThenBy(o => o.Time, StringComparer.Ordinal)
            .ThenBy(o => o.Manager, StringComparer.Ordinal).ThenBy(o => o.ApiVersion, StringComparer.Ordinal).ThenBy(o => o.Subresource, StringComparer.Ordinal)
            .Select(o =>
            {
                // Shared with the object it was read from: neither is changed any more.
                if (o.IsAsRecorded) return o.Recorded!;
                var entry = new JsonMap
                {
                    { "manager", o.Manager }, { "operation", o.Applied ? "Apply" : "Update" }, { "apiVersion", o.ApiVersion },
                };
                if (o.Time.Length > 0) entry.Add("time", o.Time);
                entry.Add("fieldsType", "FieldsV1");
                entry.Add("fieldsV1", o.Recorded?.Map("fieldsV1") ?? o.Fields.ToJson());
                if (o.Subresource.Length > 0) entry.Add("subresource", o.Subresource);
                return (Json)entry;
            })));
    }

    /// <summary>Records an ordinary write: the writer owns what it changed, the others lose what changed under them.</summary>
    public static void Update(JsonMap before, JsonMap after, Schema schema, string manager, string apiVersion, string subresource, DateTimeOffset now)
    {
        var owners = Read(before);
        // A writer that sends managedFields: [{}] asks for them to be forgotten; who sends others may edit them.
        var sent = after.Map("metadata")?.List("managedFields");
        if (sent is { Count: 1 } && sent[0] is JsonMap { Count: 0 } || sent is { Count: 0 }) owners = [];
        else if (sent is not null && before.Map("metadata")?.List("managedFields")?.SameAs(sent) != true) owners = Read(after);

        var changes = FieldChanges.Between(before, after, schema);
        var set = Stripped(changes.Set, subresource);
        var gone = changes.Removed;
        var result = new List<FieldOwner>();
        var recorded = false;
        foreach (var owner in owners)
        {
            if (owner.Is(manager, false, apiVersion, subresource))
            {
                recorded = true;
                var next = owner.OwnsAllOf(set) && !owner.OwnsAnyOf(gone) ? owner : owner with { Fields = owner.Fields.Union(set).Except(gone) };
                result.Add(set.IsEmpty ? next : next with { Time = Stamp(now) });
            }
            else
            {
                result.Add(owner.Without(changes.Set, gone));
            }
        }
        if (!recorded && !set.IsEmpty) result.Add(new(manager, false, apiVersion, subresource, Stamp(now)) { Fields = set });
        Write(after, result);
    }

    internal static string Stamp(DateTimeOffset now) => now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>Without what nobody owns, and without status for writers of the main resource.</summary>
    internal static FieldTree Stripped(FieldTree fields, string subresource)
    {
        var rest = fields.Without(Ignored);
        if (rest["f:metadata"] is { Self: true } metadata)
        {
            metadata.Self = false;
            if (metadata.IsEmpty) rest.Remove("f:metadata");
        }
        if (subresource.Length == 0 && rest["f:status"] is { Self: true, Children.Count: 0 }) rest.Remove("f:status");
        return rest;
    }

    private static List<FieldOwner> Folded(List<FieldOwner> owners)
    {
        var updaters = owners.Where(o => !o.Applied).OrderBy(o => o.Time, StringComparer.Ordinal).ToList();
        if (updaters.Count <= MostUpdaters) return owners;
        var old = updaters.Take(updaters.Count - MostUpdaters + 1).GroupBy(o => o.ApiVersion)
            .Select(g => g.Aggregate(g.First() with { Manager = "ancient-changes", Subresource = "" },
                (folded, o) => folded with { Time = o.Time, Fields = folded.Fields.Union(o.Fields) })).ToList();
        return [.. owners.Where(o => o.Applied), .. old, .. updaters.Skip(updaters.Count - MostUpdaters + 1)];
    }
}
