using System.Buffers.Text;
using MiniKube.Store.Memory;

namespace MiniKube.Store.Writing;

/// <summary>Decides what a batch comes to against a state: pure but for the draft and the list it is given.</summary>
internal static class Turn
{
    /// <summary>Applies the whole batch to the draft and adds its events, or leaves both as they were.</summary>
    public static WriteOutcome Apply(Pending pending, Draft draft, List<StoreEvent> events)
    {
        var (mark, before) = (draft.Mark(), events.Count);
        var entries = new Entry?[pending.Batch.Count];
        for (var i = 0; i < entries.Length; i++)
        {
            var change = pending.Batch[i];
            var current = draft.Get(change.Key);
            if (Fails(change, current))
            {
                draft.Revert(mark);
                events.RemoveRange(before, events.Count - before);
                return WriteOutcome.Failed(new StoreFault.Precondition(i, current));
            }

            switch (change)
            {
                case Change.Put put:
                    entries[i] = Write(put, pending.Terms[i], current, draft, events);
                    break;
                case Change.Delete delete when current is not null:
                    entries[i] = Remove(delete, pending.Terms[i], current, draft, events);
                    break;
            }
        }

        return new(null, entries);
    }

    private static bool Fails(Change change, Entry? current)
    {
        var expected = change switch
        {
            Change.Put put => put.IfRevision,
            Change.Delete delete => delete.IfRevision,
            Change.Expect expect => expect.Revision,
            _ => null,
        };
        // There is nothing to delete where nothing is, whatever revision was hoped for.
        if (change is Change.Delete && current is null) return expected != 0;
        return expected is { } revision && revision != (current?.Revision ?? 0);
    }

    private static Entry Write(Change.Put put, Terms? terms, Entry? current, Draft draft, List<StoreEvent> events)
    {
        var revision = draft.NextRevision();
        var entry = new Entry(current?.Key ?? put.Key, Fill(put.Value, revision), revision, current?.Created ?? revision, terms);
        draft.Set(entry.Key, entry);
        events.Add(new(revision, false, entry, current));
        return entry;
    }

    private static Entry Remove(Change.Delete delete, Terms? terms, Entry current, Draft draft, List<StoreEvent> events)
    {
        var revision = draft.NextRevision();
        var last = delete.LastState is { } template
            ? new Entry(current.Key, Fill(template, revision), revision, current.Created, terms)
            : current.At(revision);
        draft.Set(current.Key, null);
        events.Add(new(revision, true, last, current));
        return last;
    }

    private static byte[] Fill(Template template, long revision)
    {
        var bytes = template.Bytes.Span;
        if (template.RevisionAt < 0)
            return System.Runtime.InteropServices.MemoryMarshal.TryGetArray(template.Bytes, out var whole)
                && whole is { Offset: 0, Array: { } array } && array.Length == whole.Count ? array : bytes.ToArray();

        Span<byte> digits = stackalloc byte[20];
        Utf8Formatter.TryFormat(revision, digits, out var length);
        var filled = GC.AllocateUninitializedArray<byte>(bytes.Length + length);
        bytes[..template.RevisionAt].CopyTo(filled);
        digits[..length].CopyTo(filled.AsSpan(template.RevisionAt));
        bytes[template.RevisionAt..].CopyTo(filled.AsSpan(template.RevisionAt + length));
        return filled;
    }
}
