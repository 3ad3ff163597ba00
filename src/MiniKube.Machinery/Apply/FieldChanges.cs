namespace MiniKube.Machinery;

/// <summary>What differs between two states of an object, as paths.</summary>
public sealed class FieldChanges
{
    /// <summary>Paths that are new or have another value.</summary>
    public FieldTree Set { get; } = new();

    public FieldTree Removed { get; } = new();

    public bool None => Set.IsEmpty && Removed.IsEmpty;

    public static FieldChanges Between(Json before, Json after, Schema? schema)
    {
        var changes = new FieldChanges();
        Compare(before, after, schema, changes.Set, changes.Removed);
        return changes;
    }

    private static void Compare(Json before, Json after, Schema? schema, FieldTree set, FieldTree removed)
    {
        if (before is JsonMap was && after is JsonMap now && FieldSteps.IsGranularMap(schema, after))
        {
            foreach (var (key, value) in now)
            {
                // Nearly everything is as it was, and comparing costs less than finding out where it isn't.
                var past = was[key];
                if (past is null ? value.IsNull : value.SameAs(past)) continue;
                Step(FieldSteps.Of(key), past, value, FieldSteps.Member(schema, key), set, removed);
            }
            foreach (var (key, value) in was)
                if (!now.Has(key)) Step(FieldSteps.Of(key), value, null, FieldSteps.Member(schema, key), set, removed);
        }
        else if (before is JsonList old && after is JsonList current && FieldSteps.IsGranularList(schema))
        {
            var (oldItems, newItems) = (FieldSteps.ByStep(schema!, old), FieldSteps.ByStep(schema!, current));
            foreach (var (step, item) in newItems)
                Step(step, oldItems.GetValueOrDefault(step), item, schema!.Items?.Value, set, removed);
            foreach (var (step, item) in oldItems)
                if (!newItems.ContainsKey(step)) Step(step, item, null, schema!.Items?.Value, set, removed);
        }
        else if (!before.SameAs(after))
        {
            set.Self = true;
        }
    }

    private static void Step(string step, Json? before, Json? after, Schema? schema, FieldTree set, FieldTree removed)
    {
        if (before is { IsNull: true }) before = null;
        if (after is { IsNull: true }) after = null;
        if (before is null && after is null) return;
        if (before is null)
        {
            Everything(after!, schema, set.At(step), isItem: step[0] != 'f');
        }
        else if (after is null)
        {
            Everything(before, schema, removed.At(step), isItem: step[0] != 'f');
            removed.At(step).Self = true;
        }
        else
        {
            if (ReferenceEquals(before, after)) return;
            var (innerSet, innerRemoved) = (new FieldTree(), new FieldTree());
            Compare(before, after, schema, innerSet, innerRemoved);
            if (!innerSet.IsEmpty) set.Graft(step, innerSet);
            if (!innerRemoved.IsEmpty) removed.Graft(step, innerRemoved);
        }
    }

    /// <summary>All paths of a value that came into being or went. Structs own no path of their own, free maps, lists and items do.</summary>
    private static void Everything(Json value, Schema? schema, FieldTree at, bool isItem)
    {
        if (value is JsonMap { Count: > 0 } map && FieldSteps.IsGranularMap(schema, value))
        {
            at.Self = isItem || schema is not { Fields.Count: > 0 };
            foreach (var (key, member) in map)
                if (!member.IsNull) Everything(member, FieldSteps.Member(schema, key), at.At(FieldSteps.Of(key)), isItem: false);
        }
        else if (value is JsonList { Count: > 0 } list && FieldSteps.IsGranularList(schema))
        {
            at.Self = true;
            foreach (var (step, item) in FieldSteps.ByStep(schema!, list)) Everything(item, schema!.Items?.Value, at.At(step), isItem: true);
        }
        else
        {
            at.Self = true;
        }
    }
}
