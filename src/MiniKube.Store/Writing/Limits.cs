namespace MiniKube.Store.Writing;

/// <summary>What a key and a value may be, whoever writes them.</summary>
internal static class Limits
{
    public const int MostValueBytes = 1_572_864;
    public const int MostKeyPart = 512;
    public const int MostChanges = 10_000;

    public static StoreFault? Check(IReadOnlyList<Change> batch)
    {
        if (batch.Count > MostChanges)
            return new StoreFault.BadKey(batch[0].Key, $"a batch has at most {MostChanges} changes, this one {batch.Count}");
        foreach (var change in batch)
            if ((CheckKey(change.Key) ?? CheckSize(change)) is { } fault)
                return fault;
        return null;
    }

    private static StoreFault? CheckSize(Change change)
    {
        var template = change switch
        {
            Change.Put put => put.Value,
            Change.Delete delete => delete.LastState,
            _ => null,
        };
        if (template is null) return null;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(template.RevisionAt, template.Bytes.Length, nameof(Template.RevisionAt));
        return template.Bytes.Length > MostValueBytes ? new StoreFault.TooLarge(change.Key, template.Bytes.Length, MostValueBytes) : null;
    }

    private static StoreFault? CheckKey(ObjectKey key)
    {
        var why = CheckPart(key.Collection, "collection", mayBeEmpty: false)
            ?? CheckPart(key.Namespace, "namespace", mayBeEmpty: true)
            ?? CheckPart(key.Name, "name", mayBeEmpty: false);
        return why is null ? null : new StoreFault.BadKey(key, why);
    }

    private static string? CheckPart(string? part, string what, bool mayBeEmpty)
    {
        if (part is null) return $"the {what} is missing";
        if (part.Length == 0) return mayBeEmpty ? null : $"the {what} is empty";
        if (part.Length > MostKeyPart) return $"the {what} has {part.Length} characters, at most {MostKeyPart} are allowed";
        foreach (var c in part)
            if (c is '/' or < ' ' or '\x7f' or >= '\ud800' and <= '\udfff' or '\uffff')
                return $"the {what} has a character that is not allowed";
        return null;
    }
}
