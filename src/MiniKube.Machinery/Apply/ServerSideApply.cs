namespace MiniKube.Machinery;

/// <summary>
/// Server-side apply: lays a configuration over the live object, takes out what its manager used to own and no longer
/// mentions, and refuses to change what others own unless forced.
/// </summary>
public static class ServerSideApply
{
    public static Result<JsonMap> Apply(JsonMap? live, JsonMap configuration, Schema schema, string manager, string apiVersion, string subresource,
        bool force, DateTimeOffset now, Func<JsonMap, JsonMap>? complete = null)
    {
        var (mentioned, fault) = AppliedFields.Of(configuration, schema);
        if (fault is not null)
        {
            var metadata = configuration.Map("metadata");
            return new ApiError(500, "",
                $"failed to create typed patch object ({metadata?.Text("namespace")}/{metadata?.Text("name")}; {apiVersion}, Kind={configuration.Text("kind")}): {fault}");
        }
        var applied = ManagedFields.Stripped(mentioned, subresource);

        var before = live ?? [];
        var owners = ManagedFields.Read(before);
        if (live is not null && owners.Count == 0)
        {
            var existing = FieldChanges.Between(new JsonMap(), before, schema).Set;
            owners.Add(new("before-first-apply", false, apiVersion, "", ManagedFields.Stamp(now)) { Fields = ManagedFields.Stripped(existing, "") });
        }
        var mine = owners.Find(o => o.Is(manager, true, apiVersion, subresource));
        var others = owners.Where(o => o != mine).ToList();

        var merged = (JsonMap)Merge(before, configuration, schema);
        if (mine is not null)
        {
            var keep = others.Aggregate(applied, (all, o) => all.Union(o.Fields));
            Prune(merged, mine.Fields.Except(keep), keep, schema);
        }
        merged.Map("metadata")?.Remove("managedFields");
        // Defaults come before the comparison: taking over a defaulted value is no change.
        if (complete is not null) merged = complete(merged);

        var compareWith = before.CloneMap();
        compareWith.Map("metadata")?.Remove("managedFields");
        var changes = FieldChanges.Between(compareWith, merged, schema);
        var conflicts = new List<(FieldOwner Owner, string Path)>();
        var after = new List<FieldOwner>();
        foreach (var owner in others)
        {
            var contested = owner.Fields.Intersect(changes.Set).Intersect(applied);
            foreach (var path in contested.Paths()) conflicts.Add((owner, path));
            after.Add(owner.Without(changes.Set, changes.Removed));
        }
        if (conflicts.Count > 0 && !force) return Conflict(conflicts);

        var unchanged = changes.None && mine is not null && mine.Fields.SameAs(applied) && mine.ApiVersion == apiVersion;
        after.Add(new(manager, true, apiVersion, subresource, unchanged ? mine!.Time : ManagedFields.Stamp(now)) { Fields = applied });
        ManagedFields.Write(merged, after);
        return merged;
    }

    private static ApiError Conflict(List<(FieldOwner Owner, string Path)> conflicts)
    {
        string Who(FieldOwner o) => o.Applied
            ? $"conflict with \"{o.Manager}\""
            : $"conflict with \"{o.Manager}\"{(o.Subresource.Length > 0 ? $" with subresource \"{o.Subresource}\"" : "")} using {o.ApiVersion}";

        var several = conflicts.Count > 1;
        var text = several
            ? string.Join("\n", conflicts.GroupBy(c => Who(c.Owner)).OrderBy(g => g.Key, StringComparer.Ordinal)
                .Select(g => $"{g.Key.Replace("conflict with", "conflicts with")}:\n{string.Join("\n", g.Select(c => $"- {c.Path}"))}"))
            : $"{Who(conflicts[0].Owner)}: {conflicts[0].Path}";
        return new ApiError(409, "Conflict", $"Apply failed with {conflicts.Count} conflict{(several ? "s" : "")}: {text}")
        {
            ApplyConflicts = [.. conflicts.Select(c => new ApplyConflict(Who(c.Owner), c.Path))],
        };
    }

    /// <summary>Lays a configuration over an object, with nobody owning anything.</summary>
    public static JsonMap Lay(JsonMap live, JsonMap configuration, Schema schema) => (JsonMap)Merge(live, configuration, schema);

    private static Json Merge(Json live, Json configuration, Schema? schema)
    {
        if (configuration is JsonMap wanted && FieldSteps.IsGranularMap(schema, configuration))
        {
            if (live is not JsonMap current) current = [];
            var result = new JsonMap();
            foreach (var (key, value) in current)
                result.Set(key, wanted[key] is { } change ? Combine(value, change, FieldSteps.Member(schema, key)) : value);
            foreach (var (key, value) in wanted)
                if (!current.Has(key) && !value.IsNull) result.Set(key, Combine(null, value, FieldSteps.Member(schema, key)));
            return result;
        }
        if (configuration is JsonList items && FieldSteps.IsGranularList(schema)) return MergeList(live as JsonList ?? [], items, schema!);
        return configuration.Clone();
    }

    private static Json Combine(Json? live, Json wanted, Schema? schema) =>
        wanted.IsNull ? live ?? Json.Null : Merge(live ?? Json.Null, wanted, schema);

    /// <summary>Live items keep their places, applied ones come in the order of the configuration around them.</summary>
    private static JsonList MergeList(JsonList live, JsonList wanted, Schema schema)
    {
        var applied = FieldSteps.ByStep(schema, wanted);
        var order = wanted.Select(i => FieldSteps.Of(schema, i)).OfType<string>().Distinct().ToList();
        var result = new JsonList();
        var placed = new HashSet<string>(StringComparer.Ordinal);
        var next = 0;

        void Place(string step, Json? current)
        {
            if (placed.Add(step)) result.Add(applied.TryGetValue(step, out var change) ? Combine(current, change, schema.Items?.Value) : current!);
        }

        var liveItems = FieldSteps.ByStep(schema, live);
        foreach (var item in live)
        {
            if (FieldSteps.Of(schema, item) is not { } step)
            {
                result.Add(item);
                continue;
            }
            var at = order.IndexOf(step);
            while (at >= 0 && next < at)
            {
                Place(order[next], liveItems.GetValueOrDefault(order[next]));
                next++;
            }
            Place(step, item);
            if (at >= next) next = at + 1;
        }
        for (; next < order.Count; next++) Place(order[next], liveItems.GetValueOrDefault(order[next]));
        return result;
    }

    /// <summary>Takes out what is dropped, except what somebody still owns in it; containers emptied by that go too.</summary>
    private static void Prune(Json value, FieldTree drop, FieldTree keep, Schema? schema)
    {
        if (value is JsonMap map && FieldSteps.IsGranularMap(schema, value))
        {
            foreach (var (step, inner) in drop.Children)
            {
                var name = step[2..];
                if (step[0] != 'f' || map[name] is not { } member) continue;
                var kept = keep[step];
                if (inner.Self && kept is null or { IsEmpty: true })
                {
                    map.Remove(name);
                    continue;
                }
                Prune(member, inner, kept ?? new FieldTree(), FieldSteps.Member(schema, name));
                if (kept is null or { IsEmpty: true } && member is JsonMap { Count: 0 } or JsonList { Count: 0 }) map.Remove(name);
            }
        }
        else if (value is JsonList list && FieldSteps.IsGranularList(schema))
        {
            for (var i = list.Count - 1; i >= 0; i--)
            {
                if (FieldSteps.Of(schema!, list[i]) is not { } step || drop[step] is not { } inner) continue;
                var kept = keep[step];
                if (inner.Self && kept is null or { IsEmpty: true }) list.RemoveAt(i);
                else Prune(list[i], inner, kept ?? new FieldTree(), schema!.Items?.Value);
            }
        }
    }
}
